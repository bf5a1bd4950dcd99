/** Two groups of values compared by their ranks: nothing is assumed of how they are distributed (Mann and Whitney, 1947). */
import chisquareCdf from '@stdlib/stats-base-dists-chisquare-cdf';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { median } from './order.js';

/** Above so many pairs of values the normal distribution is as good, and the ways to deal them out are too many to count. */
const MOST_PAIRS_COUNTED = 2_500;

/** What one group is more than the other: the median of all differences between their values (Hodges and Lehmann, 1963). */
export interface Shift {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** What `low` to `high` covers: few values cannot give 95 %, and the interval is then the whole range. */
  readonly confidence: number;
}

/**
 * Two-sided p-value that both groups come from the same distribution: over all ways to deal the values out, ties by middle ranks; for
 * large groups by the normal approximation. A value that was never reached is Infinity: later than any other.
 */
export function rankSumTest(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 1;
  const ranks = doubledRanks([...a, ...b]);
  const middle = (sum(ranks) * a.length) / ranks.length;
  const distance = Math.abs(sum(ranks.slice(0, a.length)) - middle);
  if (a.length * b.length > MOST_PAIRS_COUNTED) return approximateTail(ranks, a.length, distance);
  const ways = countSums(ranks, a.length);
  let extreme = 0;
  let all = 0;
  for (const [total, count] of ways.entries()) {
    all += count;
    if (Math.abs(total - middle) >= distance - 1e-9) extreme += count;
  }
  return Math.min(1, extreme / all);
}

/** The least p-value that groups of these sizes can have: with fewer values nothing can be shown. */
export function leastPValue(n: number, m: number): number {
  let ways = 1;
  for (let taken = 1; taken <= n; taken += 1) ways *= (m + taken) / taken;
  return Math.min(1, 2 / ways);
}

/** By how much of all their pairs `b` is larger rather than smaller: from -1 to 1, whatever is Infinity. */
export function superiority(a: readonly number[], b: readonly number[]): number {
  const signs = b.flatMap((later) => a.map((earlier) => (later === earlier ? 0 : later > earlier ? 1 : -1)));
  return signs.length === 0 ? 0 : sum(signs) / signs.length;
}

/** How much larger `b` is than `a`. Undefined where a value is not finite, or there is none. */
export function shiftBetween(a: readonly number[], b: readonly number[], confidence = 0.95): Shift | undefined {
  const differences = b.flatMap((later) => a.map((earlier) => later - earlier)).sort((x, y) => x - y);
  if (differences.length === 0 || !differences.every(Number.isFinite)) return undefined;
  const { bound, missed } = findBound(a.length, b.length, 1 - confidence);
  return {
    value: median(differences),
    low: differences[bound] ?? NaN,
    high: differences[differences.length - 1 - bound] ?? NaN,
    confidence: 1 - missed,
  };
}

/** The k-th difference from either end is the bound where 2·P(U < k) may still be missed; the first always is one. */
function findBound(n: number, m: number, miss: number): { readonly bound: number; readonly missed: number } {
  if (n * m > MOST_PAIRS_COUNTED) {
    const deviation = Math.sqrt((n * m * (n + m + 1)) / 12);
    return { bound: Math.floor((n * m) / 2 + normalQuantile(miss / 2, 0, 1) * deviation), missed: miss };
  }
  const ways = countUntied(n, m);
  // Rank sums without ties lie two apart once doubled, and the least is that of the first ranks.
  const least = n * (n + 1);
  const all = sum([...ways]);
  const reach = (statistic: number): number => (ways[least + 2 * statistic] ?? 0) / all;
  let bound = 0;
  let missed = 2 * reach(0);
  while (missed + 2 * reach(bound + 1) <= miss) {
    bound += 1;
    missed += 2 * reach(bound);
  }
  return { bound, missed };
}

const untied = new Map<string, Float64Array>();

/** The same for all groups of these sizes. */
function countUntied(n: number, m: number): Float64Array {
  const key = `${n}/${m}`;
  const known = untied.get(key);
  if (known !== undefined) return known;
  const ranks = Array.from({ length: n + m }, (_, index) => 2 * (index + 1));
  const ways = countSums(ranks, n);
  untied.set(key, ways);
  return ways;
}

/** Drawing `size` of the ranks without putting back: the variance of their sum takes care of ties. */
function approximateTail(ranks: readonly number[], size: number, distance: number): number {
  const n = ranks.length;
  const middle = sum(ranks) / n;
  const spread = sum(ranks.map((rank) => (rank - middle) ** 2)) / (n - 1);
  const variance = (spread * size * (n - size)) / n;
  return variance === 0 ? 1 : 1 - chisquareCdf(distance ** 2 / variance, 1);
}

/** Twice the middle rank of each value, so that ties stay whole numbers. */
function doubledRanks(values: readonly number[]): readonly number[] {
  const sorted = [...values].sort(ascending);
  const rankOf = new Map<number, number>();
  for (let from = 0; from < sorted.length;) {
    const value = sorted[from] ?? NaN;
    let to = from;
    while (to + 1 < sorted.length && sorted[to + 1] === value) to += 1;
    rankOf.set(value, from + to + 2);
    from = to + 1;
  }
  return values.map((value) => rankOf.get(value) ?? NaN);
}

/** Two infinities differ by nothing. */
const ascending = (x: number, y: number): number => (x === y ? 0 : x - y);

/** In how many ways `size` of the ranks add up to each total. */
function countSums(ranks: readonly number[], size: number): Float64Array {
  const most = sum([...ranks].sort(ascending).slice(-size));
  const ways = Array.from({ length: size + 1 }, () => new Float64Array(most + 1));
  const [none] = ways;
  if (none !== undefined) none[0] = 1;
  for (const [index, rank] of ranks.entries()) {
    for (let taken = Math.min(size, index + 1); taken >= 1; taken -= 1) {
      const [before, now] = [ways[taken - 1], ways[taken]];
      if (before === undefined || now === undefined) continue;
      for (let total = most; total >= rank; total -= 1) now[total] = (now[total] ?? 0) + (before[total - rank] ?? 0);
    }
  }
  return ways[size] ?? new Float64Array();
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
