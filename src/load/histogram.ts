/** Latencies of measured load, read: whole distributions are merged, never their quantiles. */
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { type Histogram, newHistogram } from '../../fixtures/agent/histogram.js';

export { encodeHistogram, newHistogram, recordMs, type Histogram } from '../../fixtures/agent/histogram.js';
export type { Recording } from './recording.js';

/** A quantile stands on this many values beyond it, or is not told. */
const VALUES_BEYOND = 10;

/** The histogram an agent sent; throws on anything else. */
export function decodeHistogram(base64: string): Histogram {
  return decodeFromCompressedBase64(base64, 32, false);
}

/** The histogram that would have come of recording all values in one; the given ones stay as they are. */
export function mergeHistograms(histograms: Iterable<Histogram>): Histogram {
  const merged = newHistogram();
  for (const histogram of histograms) merged.add(histogram);
  return merged;
}

export function countOf(histogram: Histogram): number {
  return histogram.totalCount;
}

/** The quantile `q` (0 to 1) by nearest rank in milliseconds; undefined unless at least 10 values lie beyond it. */
export function quantileMs(histogram: Histogram, q: number): number | undefined {
  if (!supportsQuantile(histogram.totalCount, q)) return undefined;
  return histogram.getValueAtPercentile(q * 100) / 1000;
}

/** Whether n·(1 − q) ≥ 10, in spite of fractions that binary numbers cannot hold. */
export function supportsQuantile(count: number, q: number): boolean {
  return count * (1 - q) >= VALUES_BEYOND - 1e-6;
}

/** The largest value in milliseconds; undefined for an empty histogram. */
export function maxMs(histogram: Histogram): number | undefined {
  return histogram.totalCount === 0 ? undefined : histogram.maxValue / 1000;
}
