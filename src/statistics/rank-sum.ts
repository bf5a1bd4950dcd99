/** Two groups of values compared by their ranks: nothing is assumed of how they are distributed (Mann and Whitney, 1947). */
import { median } from './order.js';

/** What one group is more than the other: the median of all differences between their values (Hodges and Lehmann, 1963). */
export interface Shift {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** What `low` to `high` covers: few values cannot give 95 %, and the interval is then the whole range. */
  readonly confidence: number;
}

/**
 * Two-sided exact p-value that both groups come from the same distribution: over all ways to deal the values out, ties by middle
 * ranks. A value that was never reached is Infinity: later than any other.
 */
export function rankSumTest(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 1;
  const ranks = doubledRanks([...a, ...b]);
  const seen = sum(ranks.slice(0, a.length));
  const ways = countSums(ranks, a.length);
  const middle = (sum(ranks) * a.length) / ranks.length;
  const distance = Math.abs(seen - middle);
  let extreme = 0;
  let all = 0;
  for (const [total, count] of ways.entries()) {
    all += count;
    if (Math.abs(total - middle) >= distance - 1e-9) extreme += count;
  }
  return Math.min(1, extreme / all);
}

/** How much larger `b` is than `a`. Undefined where a value is not finite, or there is none. */
export function shiftBetween(a: readonly number[], b: readonly number[], confidence = 0.95): Shift | undefined {
  const differences = b.flatMap((later) => a.map((earlier) => later - earlier)).sort((x, y) => x - y);
  if (differences.length === 0 || !differences.every(Number.isFinite)) return undefined;
  const ways = countSums(
    Array.from({ length: a.length + b.length }, (_, index) => 2 * (index + 1)),
    a.length,
  );
  // Rank sums without ties lie two apart once doubled, and the least is that of the first ranks.
  const least = a.length * (a.length + 1);
  const all = sum([...ways]);
  const reach = (statistic: number): number => (ways[least + 2 * statistic] ?? 0) / all;
  // The k-th difference from either end is the bound where 2·P(U < k) is still within what may be missed; the first always is one.
  let bound = 0;
  let missed = 2 * reach(0);
  while (missed + 2 * reach(bound + 1) <= 1 - confidence) {
    bound += 1;
    missed += 2 * reach(bound);
  }
  return {
    value: median(differences),
    low: differences[bound] ?? NaN,
    high: differences[differences.length - 1 - bound] ?? NaN,
    confidence: 1 - missed,
  };
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
