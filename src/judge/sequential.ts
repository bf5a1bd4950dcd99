/**
 * A share that is tested while it is drawn: Wald's sequential probability ratio test of p0 against p0 − delta and against p0 + delta,
 * and where it has not decided after the planned n, the exact test. Each of the two has half of alpha and half of 1 − power, so
 * that both together keep what was promised (union bound).
 * @see A. Wald, Sequential Tests of Statistical Hypotheses, Ann. Math. Statist. 16 (1945), 117–186
 */
import type { Sample } from '../cases/case.js';
import { ALPHA, alternativesOf, POWER, planRatio, testShare, type RatioPlan } from './statistics.js';
import type { Statistic } from './verdict.js';

/** A sample is drawn in so many parts, each of which opens its connections anew. */
export const PARTS = 8;
/**
 * A small share is drawn for so many parts at least: of a share planned for presence, that is enough to find ten times as much
 * (a thousandth that is rounded up to one percent) with a probability above 0.999.
 */
const LEAST_PARTS = 2;

export type SequentialPlan = Omit<RatioPlan, 'accept'>;

interface Counts {
  readonly hits: number;
  readonly n: number;
}

export function planSequential({ p0, delta }: { p0: number; delta: number }): SequentialPlan {
  const { n } = planRatio({ p0, delta, alpha: ALPHA / 2, power: (1 + POWER) / 2 });
  return { p0, delta, n, alpha: ALPHA, power: POWER };
}

/** What the draws so far say; the exact test speaks once the planned n is reached. */
export function decideShare(plan: SequentialPlan, counts: Counts): 'accept' | 'reject' | 'draw-on' {
  const { accept, reject } = boundsOf(plan);
  const ratios = alternativesOf(plan).map((p1) => logRatio(plan.p0, p1, counts));
  if (ratios.some((ratio) => ratio >= reject)) return 'reject';
  if (ratios.every((ratio) => ratio <= accept)) return 'accept';
  if (counts.n < plan.n) return 'draw-on';
  return exactTest('', counts, plan).rejected ? 'reject' : 'accept';
}

/** Undefined while the draws decide nothing. */
export function testShareSequentially(name: string, counts: Counts, plan: SequentialPlan): Statistic | undefined {
  const decision = decideShare(plan, counts);
  if (decision === 'draw-on') return undefined;
  const { accept: _range, ...exact } = exactTest(name, counts, plan);
  return { ...exact, test: 'sequential', alpha: plan.alpha, power: plan.power, rejected: decision === 'reject' };
}

/** Whether the draws so far are enough to judge the sample; any other kind than these two is judged on the whole of its n. */
export function isDecided(sample: Pick<Sample, 'expect' | 'n'>, counts: Counts): boolean {
  if (counts.n >= sample.n) return true;
  if (sample.expect.kind === 'present') return counts.hits > 0 && counts.n >= (sample.n * LEAST_PARTS) / PARTS;
  const plan = sequentialPlanOf(sample);
  return plan !== undefined && decideShare(plan, counts) !== 'draw-on';
}

/** Whose answers are counted while the sample is drawn; undefined: nobody's, it is drawn in one piece. */
export function watchedBackend(sample: Pick<Sample, 'expect' | 'n'>): string | undefined {
  return sample.expect.kind === 'present' ? sample.expect.backend : sequentialPlanOf(sample)?.backend;
}

/** A sample of two backends that both get something. */
export function sequentialPlanOf({
  expect,
  n,
}: Pick<Sample, 'expect' | 'n'>): (SequentialPlan & { backend: string }) | undefined {
  if (expect.kind !== 'shares' && expect.kind !== 'not-shares') return undefined;
  const [[backend, p0] = ['', 0], ...others] = Object.entries(expect.shares);
  if (others.length !== 1 || p0 <= 0 || p0 >= 1) return undefined;
  return { backend, p0, delta: expect.delta, n, alpha: ALPHA, power: POWER };
}

const exactTest = (name: string, counts: Counts, { p0, alpha, power }: SequentialPlan): Statistic =>
  testShare(name, counts, { p0, alpha: alpha / 2, power: (1 + power) / 2 });

/** Half of alpha for the sequential test, and of that half for each side. */
function boundsOf({ alpha, power }: SequentialPlan): { readonly accept: number; readonly reject: number } {
  const [falseAlarm, miss] = [alpha / 4, (1 - power) / 2];
  return { accept: Math.log(miss / (1 - falseAlarm)), reject: Math.log((1 - miss) / falseAlarm) };
}

const logRatio = (p0: number, p1: number, { hits, n }: Counts): number =>
  hits * Math.log(p1 / p0) + (n - hits) * Math.log((1 - p1) / (1 - p0));
