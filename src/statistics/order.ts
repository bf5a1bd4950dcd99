/** What the order of a few numbers says: medians and their intervals, without a word about how the numbers are distributed. */
import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';

/** Both ends included; `confidence` is what the interval really covers, never less than was asked for unless there are too few values. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
}

/** @throws RangeError for no values at all */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Between neighbours the quantile is interpolated (Hyndman and Fan's type 7). @throws RangeError for no values at all */
export function quantile(values: readonly number[], q: number): number {
  const sorted = sortNumbers(values);
  const position = q * (sorted.length - 1);
  const below = at(sorted, Math.floor(position));
  const above = at(sorted, Math.ceil(position));
  return below + (above - below) * (position - Math.floor(position));
}

/**
 * Interval for the median between two order statistics: exact for any continuous distribution. Five values or fewer cannot give
 * 95 %: the interval is then the whole range, and says how little it covers.
 */
export function medianInterval(values: readonly number[], confidence = 0.95): Interval {
  const sorted = sortNumbers(values);
  const n = sorted.length;
  let dropped = 0;
  while (2 * binomialCdf(dropped + 1, n, 0.5) <= 1 - confidence) dropped += 1;
  return {
    low: at(sorted, dropped),
    high: at(sorted, n - 1 - dropped),
    confidence: 1 - 2 * binomialCdf(dropped, n, 0.5),
  };
}

/** Standard deviation as the interquartile range of a normal distribution would have it: one wild value does not move it. */
export function robustDeviation(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / 1.349;
}

function sortNumbers(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}

function at(sorted: readonly number[], index: number): number {
  const value = sorted[index];
  if (value === undefined) throw new RangeError('statistics of no values');
  return value;
}
