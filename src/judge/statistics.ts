/**
 * Statistics that are planned before sampling: exact binomial, zero hits, presence.
 * Numerics come from @stdlib; what is ours is which question is asked. @see docs/methodology.md
 */
import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';
import binomialQuantile from '@stdlib/stats-base-dists-binomial-quantile';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import type { Statistic } from './verdict.js';

/** False-alarm probability of one check: a hundred such checks together stay at 0.01 % a run. @see docs/adr/0013-alpha.md */
export const ALPHA = 1e-6;
export const POWER = 0.99;

/** A two-sided exact binomial test of a share, sized before sampling. */
export interface RatioPlan {
  readonly p0: number;
  /** The smallest shift that is found with probability `power`. */
  readonly delta: number;
  readonly n: number;
  readonly alpha: number;
  readonly power: number;
  /** Accepted counts, both ends included. */
  readonly accept: readonly [number, number];
}

/** The shares that must be told from p0. */
export function alternativesOf({ p0, delta }: Pick<RatioPlan, 'p0' | 'delta'>): readonly number[] {
  return [p0 - delta, p0 + delta].filter((p1) => p1 > 0 && p1 < 1);
}

/** Sizes the test by the normal form, then raises n until the exact test has the power asked for against p0 ± delta. */
export function planRatio(options: { p0: number; delta: number; alpha?: number; power?: number }): RatioPlan {
  const { p0, delta, alpha = ALPHA, power = POWER } = options;
  const alternatives = alternativesOf({ p0, delta });
  const zAlpha = normalQuantile(1 - alpha / 2, 0, 1);
  const zBeta = normalQuantile(power, 0, 1);
  const sizes = alternatives.map(
    (p1) => ((zAlpha * Math.sqrt(p0 * (1 - p0)) + zBeta * Math.sqrt(p1 * (1 - p1))) / delta) ** 2,
  );
  for (let n = Math.ceil(Math.max(...sizes) / 10) * 10; ; n += 10) {
    const accept = acceptRange(n, p0, alpha);
    const reached = Math.min(...alternatives.map((p1) => 1 - massWithin(accept, n, p1)));
    if (reached >= power) return { p0, delta, n, alpha, power: reached, accept };
  }
}

/** The counts that a two-sided exact test at `alpha` accepts: each tail outside holds at most alpha / 2. */
export function acceptRange(n: number, p0: number, alpha: number): readonly [number, number] {
  return [binomialQuantile(alpha / 2, n, p0), binomialQuantile(1 - alpha / 2, n, p0)];
}

function massWithin([low, high]: readonly [number, number], n: number, p: number): number {
  return binomialCdf(high, n, p) - (low > 0 ? binomialCdf(low - 1, n, p) : 0);
}

/** Clopper–Pearson interval of a share at confidence 1 − alpha. */
export function shareInterval(hits: number, n: number, alpha: number): readonly [number, number] {
  if (n === 0) return [0, 1];
  return [
    hits === 0 ? 0 : betaQuantile(alpha / 2, hits, n - hits + 1),
    hits === n ? 1 : betaQuantile(1 - alpha / 2, hits + 1, n - hits),
  ];
}

/** Two-sided exact binomial test of one share: rejected exactly when the count leaves the accept range. */
export function testShare(
  name: string,
  counts: { hits: number; n: number },
  plan: { p0: number; alpha: number; power: number },
): Statistic {
  const { hits, n } = counts;
  const accept = acceptRange(n, plan.p0, plan.alpha);
  const lower = binomialCdf(hits, n, plan.p0);
  // P(X >= hits) as P(n - X <= n - hits): 1 - cdf would round a small tail to zero.
  const upper = binomialCdf(n - hits, n, 1 - plan.p0);
  return {
    name,
    test: 'exact-binomial',
    unit: 'request',
    n,
    alpha: plan.alpha,
    power: plan.power,
    observed: { [name]: n === 0 ? 0 : hits / n },
    expected: { [name]: plan.p0 },
    pValue: Math.min(1, 2 * Math.min(lower, upper)),
    accept: { [name]: accept },
    interval: { [name]: shareInterval(hits, n, plan.alpha) },
    rejected: hits < accept[0] || hits > accept[1],
  };
}

/** How many samples without a hit bound the rate below `rate` at confidence `power` (rule of three, exact). */
export function samplesForZeroHits(rate: number, power = POWER): number {
  return Math.ceil(Math.log(1 - power) / Math.log(1 - rate));
}

/** Nothing may arrive: one hit is one too many. `rate` is the leak that n samples would have shown with probability `power`. */
export function testZeroHits(
  name: string,
  counts: { hits: number; n: number },
  plan: { rate: number; power: number },
): Statistic {
  return {
    name,
    test: 'zero-hits',
    unit: 'request',
    n: counts.n,
    alpha: 0,
    power: plan.power,
    observed: { [name]: counts.n === 0 ? 0 : counts.hits / counts.n },
    expected: { [name]: 0 },
    interval: { [name]: shareInterval(counts.hits, counts.n, 1 - plan.power) },
    rejected: counts.hits > 0,
  };
}

/** How many samples make zero hits at share `p` less likely than `alpha`. */
export function samplesForPresence(p: number, alpha = ALPHA): number {
  return Math.ceil(Math.log(alpha) / Math.log(1 - p));
}

/** Something must arrive: zero hits would happen by chance with probability (1 − p)^n ≤ alpha. */
export function testPresence(
  name: string,
  counts: { hits: number; n: number },
  plan: { p: number; alpha: number; power: number },
): Statistic {
  return {
    name,
    test: 'presence',
    unit: 'request',
    n: counts.n,
    alpha: plan.alpha,
    power: plan.power,
    observed: { [name]: counts.n === 0 ? 0 : counts.hits / counts.n },
    expected: { [name]: plan.p },
    pValue: (1 - plan.p) ** counts.n,
    rejected: counts.hits === 0,
  };
}

/**
 * Intra-class correlation of a choice across connections (one-way ANOVA estimator): 0 when every request is drawn anew,
 * 1 when a connection sticks to what it chose first. Undefined with fewer than two connections or no variation.
 */
export function intraClassCorrelation(groups: readonly (readonly boolean[])[]): number | undefined {
  const used = groups.filter((group) => group.length > 1);
  const n = used.reduce((sum, group) => sum + group.length, 0);
  const k = used.length;
  if (k < 2) return undefined;
  const mean = (group: readonly boolean[]) => group.filter(Boolean).length / group.length;
  const grand = used.reduce((sum, group) => sum + group.filter(Boolean).length, 0) / n;
  const between = used.reduce((sum, group) => sum + group.length * (mean(group) - grand) ** 2, 0) / (k - 1);
  const within = used.reduce((sum, group) => sum + group.length * mean(group) * (1 - mean(group)), 0) / (n - k);
  if (between + within === 0) return undefined;
  const size = (n - used.reduce((sum, group) => sum + group.length ** 2, 0) / n) / (k - 1);
  return (between - within) / (between + (size - 1) * within);
}
