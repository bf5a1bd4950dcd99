/**
 * Shares that are tested while they are drawn: Wald's sequential probability ratio test of p0 against p0 − delta and against p0 + delta,
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

/** Answers so far, in all and of each backend. */
export interface Drawn {
  readonly n: number;
  hits(backend: string): number;
}

/** The plan of one backend's share. */
type BackendPlan = SequentialPlan & { readonly backend: string };

/** A plan for each share that must be tested. */
export function planShares(shares: Readonly<Record<string, number>>, delta: number): readonly BackendPlan[] {
  return testedShares(shares).map(({ backend, p0, alpha }) => ({ backend, ...planShare({ p0, delta, alpha }) }));
}

/**
 * Of two shares one says everything; of more, each has its part of alpha, so that together they keep it. None where there is
 * nothing to share.
 */
function testedShares(
  shares: Readonly<Record<string, number>>,
): readonly Pick<BackendPlan, 'backend' | 'p0' | 'alpha'>[] {
  const positive = Object.entries(shares).filter(([, share]) => share > 0 && share < 1);
  const tested = positive.length === 2 ? positive.slice(0, 1) : positive;
  return tested.map(([backend, p0]) => ({ backend, p0, alpha: ALPHA / tested.length }));
}

const planned = new Map<string, SequentialPlan>();

/** The fixed test that ends it has half of alpha and half of what the power leaves. Sized once for each design, for that takes a search. */
export function planShare(design: {
  readonly p0: number;
  readonly delta: number;
  readonly alpha?: number;
}): SequentialPlan {
  const key = JSON.stringify(design);
  const known = planned.get(key) ?? sizeShare(design);
  planned.set(key, known);
  return known;
}

function sizeShare({
  p0,
  delta,
  alpha = ALPHA,
}: {
  readonly p0: number;
  readonly delta: number;
  readonly alpha?: number;
}): SequentialPlan {
  const { n } = planRatio({ p0, delta, alpha: alpha / 2, power: (1 + POWER) / 2 });
  return { p0, delta, n, alpha, power: POWER };
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
export function isDecided(sample: Pick<Sample, 'expect' | 'n'>, drawn: Drawn): boolean {
  const { expect, n } = sample;
  if (drawn.n >= n) return true;
  if (expect.kind === 'present') return drawn.hits(expect.backend) > 0 && drawn.n >= (n * LEAST_PARTS) / PARTS;
  const plans = plansOf(sample);
  const decisions = plans.map((plan) => decideShare(plan, { hits: drawn.hits(plan.backend), n: drawn.n }));
  return decisions.includes('reject') || (plans.length > 0 && decisions.every((decision) => decision === 'accept'));
}

/** Whether answers are counted while the sample is drawn; otherwise it is drawn in one piece. */
export function isWatched(sample: Pick<Sample, 'expect' | 'n'>): boolean {
  return sample.expect.kind === 'present' || plansOf(sample).length > 0;
}

/** The plans of a sample of shares, all with the n of the sample: it was sized when the case was written, which takes a search. */
export function plansOf({ expect, n }: Pick<Sample, 'expect' | 'n'>): readonly BackendPlan[] {
  if (expect.kind !== 'shares' && expect.kind !== 'not-shares') return [];
  const { delta } = expect;
  return testedShares(expect.shares).map((share) => ({ ...share, delta, n, power: POWER }));
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
