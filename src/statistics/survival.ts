/**
 * Times that are known only up to an interval, or only to lie beyond the moment we stopped looking: Kaplan–Meier for points,
 * Turnbull's estimate for intervals, quantiles of both, and an interval for the median that assumes no distribution.
 */
import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';

/** A time in (low, high], in milliseconds; equal bounds: known exactly; `high` Infinity: not seen until `low` (right-censored). */
export interface TimeInterval {
  readonly low: number;
  readonly high: number;
}

/** Between `from` and `to` survival falls by `mass`, to `survival`. */
export interface SurvivalStep {
  readonly from: number;
  readonly to: number;
  readonly mass: number;
  readonly survival: number;
}

export interface SurvivalCurve {
  readonly method: 'kaplan-meier' | 'turnbull';
  readonly n: number;
  readonly censored: number;
  readonly steps: readonly SurvivalStep[];
}

export interface MedianInterval {
  readonly low: number;
  /** Absent where it lies among times that were never reached. */
  readonly high?: number;
  /** The probability with which the median is inside; 0.95 needs six values or more. */
  readonly level: number;
}

const LEVEL = 0.95;
/** Half-widths up to this share of the median are small enough to work with midpoints. */
const FINE_ENOUGH = 0.05;
const TURNBULL = { tolerance: 1e-10, rounds: 20_000 } as const;

const isCensored = ({ high }: TimeInterval): boolean => high === Infinity;
/** The middle of an interval; of one that is open to the right, Infinity. */
export const midpoint = ({ low, high }: TimeInterval): number => (high === Infinity ? Infinity : (low + high) / 2);

/** Kaplan–Meier over midpoints where intervals are narrow beside the median, Turnbull's estimate where they are not. */
export function estimateSurvival(intervals: readonly TimeInterval[]): SurvivalCurve {
  const points = kaplanMeier(
    intervals.map((one) => (isCensored(one) ? one : { low: midpoint(one), high: midpoint(one) })),
  );
  const median = quantileOf(points, 0.5);
  const widest = Math.max(0, ...intervals.filter((one) => !isCensored(one)).map(({ low, high }) => (high - low) / 2));
  return median !== undefined && widest <= FINE_ENOUGH * Math.abs(median) ? points : turnbull(intervals);
}

/** The product-limit estimate. Events at a time come before censorings at the same time. */
export function kaplanMeier(times: readonly TimeInterval[]): SurvivalCurve {
  const events = [...new Set(times.filter((one) => !isCensored(one)).map(({ high }) => high))].sort((a, b) => a - b);
  let survival = 1;
  const steps = events.map((time) => {
    const atRisk = times.filter((one) => (isCensored(one) ? one.low : one.high) >= time).length;
    const happened = times.filter(({ high }) => high === time).length;
    const before = survival;
    survival *= 1 - happened / atRisk;
    return { from: time, to: time, mass: before - survival, survival };
  });
  return { method: 'kaplan-meier', n: times.length, censored: times.filter(isCensored).length, steps };
}

/** Turnbull's non-parametric maximum likelihood: mass sits on the innermost intervals, found by self-consistency. */
export function turnbull(intervals: readonly TimeInterval[]): SurvivalCurve {
  const cells = innermost(intervals);
  const coverage = intervals.map((one) => cells.flatMap((cell, index) => (covers(one, cell) ? [index] : [])));
  let masses = cells.map(() => 1 / cells.length);
  for (let round = 0; round < TURNBULL.rounds; round += 1) {
    const next = cells.map(() => 0);
    for (const inside of coverage) {
      const whole = inside.reduce((sum, index) => sum + (masses[index] ?? 0), 0);
      for (const index of inside) next[index] = (next[index] ?? 0) + (masses[index] ?? 0) / whole / intervals.length;
    }
    const change = Math.max(0, ...next.map((mass, index) => Math.abs(mass - (masses[index] ?? 0))));
    masses = next;
    if (change < TURNBULL.tolerance) break;
  }
  let survival = 1;
  const steps = cells.flatMap(({ low, high }, index) => {
    const mass = masses[index] ?? 0;
    if (high === Infinity) return [];
    survival -= mass;
    return [{ from: low, to: high, mass, survival: Math.max(0, survival) }];
  });
  return { method: 'turnbull', n: intervals.length, censored: intervals.filter(isCensored).length, steps };
}

/** (low, high] does not hold its low end, so a point there is outside. */
function covers(one: TimeInterval, cell: TimeInterval): boolean {
  const begins = cell.low === cell.high && one.low !== one.high ? one.low < cell.low : one.low <= cell.low;
  return begins && cell.high <= one.high;
}

/** Where a left end is followed by a right end with no other end between them. */
function innermost(intervals: readonly TimeInterval[]): readonly TimeInterval[] {
  const ends = intervals.flatMap(({ low, high }) => {
    // (low, high] begins after its low end, and so after another that ends there; a point begins before it ends.
    const isPoint = low === high;
    return [{ at: low, kind: 'left', rank: isPoint ? 0 : 2 } as const, { at: high, kind: 'right', rank: 1 } as const];
  });
  ends.sort((a, b) => (a.at === b.at ? a.rank - b.rank : a.at - b.at));
  return ends.flatMap((end, index) => {
    const next = ends[index + 1];
    return end.kind === 'left' && next?.kind === 'right' ? [{ low: end.at, high: next.at }] : [];
  });
}

/** The time by which a share of `p` has happened; undefined when so many were never seen to happen. */
export function quantileOf({ steps }: SurvivalCurve, p: number): number | undefined {
  const target = 1 - p;
  const epsilon = 1e-9;
  let before = 1;
  for (const [index, { from, to, mass, survival }] of steps.entries()) {
    if (Math.abs(survival - target) <= epsilon && from === to) {
      // Exactly reached: half-way to the next event, as the median of an even number is.
      const next = steps[index + 1];
      return next === undefined ? to : (to + next.from) / 2;
    }
    if (survival <= target + epsilon)
      return mass === 0 ? to : from + Math.min(1, (before - target) / mass) * (to - from);
    before = survival;
  }
  return undefined;
}

/**
 * The interval between two order statistics that covers the median with at least 95 % (from six values on; the 10th and the 21st
 * of 30). Low ends bound it below and high ends above, so that the width of the intervals is in it.
 */
export function medianInterval(intervals: readonly TimeInterval[]): MedianInterval | undefined {
  const n = intervals.length;
  if (n === 0) return undefined;
  const tail = (rank: number): number => (rank < 1 ? 0 : binomialCdf(rank - 1, n, 0.5));
  let rank = 1;
  while (rank + 1 <= n / 2 && 1 - 2 * tail(rank + 1) >= LEVEL) rank += 1;
  const lows = intervals.map(({ low, high }) => (high === Infinity ? Infinity : low)).sort((a, b) => a - b);
  const highs = intervals.map(({ high }) => high).sort((a, b) => a - b);
  const [low, high] = [lows[rank - 1], highs[n - rank]];
  if (low === undefined || high === undefined || low === Infinity) return undefined;
  return { low, level: Math.max(0, 1 - 2 * tail(rank)), ...(high === Infinity ? {} : { high }) };
}
