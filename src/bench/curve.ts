/** The whole distribution of an arm, for the eye: quantiles evenly spaced on the axis of 1/(1 − q), and how repetitions differ there. */
import { mergeHistograms, quantileMs, supportsQuantile, type Histogram } from '../load/histogram.js';
import { medianInterval } from '../statistics/order.js';
import { aloneSlices, groupBy, mergeResponses } from './compare.js';
import { QUANTILES } from './quantiles.js';
import type { SliceRecord } from './records.js';

export interface CurvePoint {
  readonly q: number;
  /** Of all valid requests together. */
  readonly ms: number;
  /** Interval of the median over repetitions; absent where one repetition alone has too few requests for the quantile. */
  readonly lowMs?: number;
  readonly highMs?: number;
}

const STEPS_OF_DECADE = 10;
const DECADES = 5;
const POINTS = Array.from({ length: STEPS_OF_DECADE * DECADES + 1 }, (_, step) => 1 - 10 ** (-step / STEPS_OF_DECADE));
/** Two repetitions have a range; one has none. */
const LEAST_REPS = 2;

/**
 * As far as the requests reach. All of it is of the same slices, so that it never falls: those that count for the outermost quantile
 * that anything can be said of.
 */
export function curveOf(own: readonly SliceRecord[]): readonly CurvePoint[] {
  for (const { name, q: end } of QUANTILES.toReversed()) {
    const slices = aloneSlices(own, name);
    const isLast = name === QUANTILES.at(-1)?.name;
    if (slices.length > 0)
      return measurePoints(
        slices,
        POINTS.filter((q) => isLast || q <= end),
      );
  }
  return [];
}

function measurePoints(slices: readonly SliceRecord[], points: readonly number[]): readonly CurvePoint[] {
  const reps = [...groupBy(slices, ({ rep }) => rep).values()].map(mergeResponses);
  const all = mergeHistograms(reps);
  return points.flatMap((q): CurvePoint[] => {
    const ms = quantileMs(all, q);
    return ms === undefined ? [] : [{ q, ms, ...rangeOf(reps, q) }];
  });
}

function rangeOf(reps: readonly Histogram[], q: number): Pick<CurvePoint, 'lowMs' | 'highMs'> {
  const able = reps.filter(({ totalCount }) => supportsQuantile(totalCount, q));
  if (able.length < LEAST_REPS) return {};
  const { low, high } = medianInterval(able.map((rep) => rep.getValueAtPercentile(q * 100) / 1000));
  return { lowMs: low, highMs: high };
}
