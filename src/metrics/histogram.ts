/** Latencies as counts in bins. The bins are those of whoever counted, and the same ones every time. */

export interface Bin {
  /** Bounds in seconds; the lower one names the bin. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Ascending. */
export type Histogram = readonly Bin[];

export function countOf(histogram: Histogram): number {
  return histogram.reduce((sum, { count }) => sum + count, 0);
}

export function mergeHistograms(histograms: readonly Histogram[]): Histogram {
  const [first = [], ...others] = histograms;
  return others.length === 0 ? first : addUp(histograms.flat());
}

/** What was counted between two looks at the same growing histogram. */
export function subtractHistogram(later: Histogram, earlier: Histogram): Histogram {
  const difference = addUp([...later, ...earlier.map((bin) => ({ ...bin, count: -bin.count }))]);
  return difference.filter(({ count }) => count > 0);
}

/** The latency that the share `q` of all does not exceed, interpolated within its bin; 0 where nothing was counted. */
export function quantileOf(histogram: Histogram, q: number): number {
  const rank = Math.max(1, Math.ceil(q * countOf(histogram)));
  let below = 0;
  for (const { low, high, count } of histogram) {
    if (below + count >= rank) return low + ((rank - below - 0.5) / count) * (high - low);
    below += count;
  }
  return 0;
}

function addUp(bins: readonly Bin[]): Histogram {
  const byLow = new Map<number, Bin>();
  for (const bin of bins) {
    const known = byLow.get(bin.low);
    byLow.set(bin.low, known === undefined ? bin : { ...known, count: known.count + bin.count });
  }
  return [...byLow.values()].sort((a, b) => a.low - b.low);
}
