/** What a plan is worth: the smallest deviation it finds, and whether its n can keep what it promises. */
import { planShares } from '../judge/sequential.js';
import { POWER, samplesForPresence, samplesForZeroHits } from '../judge/statistics.js';
import type { Cell, Phase, Sample } from './case.js';

/** A smaller sample would let one answer in twenty go to the wrong place unseen. */
const LARGEST_LEAK = 0.05;

/** In words, each once: the smallest deviations that the static questions of a case find with probability 0.99. */
export function describePower(phases: readonly Phase[]): readonly string[] {
  const asked = phases.filter(({ control }) => control !== true);
  const cells = asked.flatMap((phase) => phase.cells ?? []).flatMap(findsOfCell);
  const samples = asked.flatMap((phase) => phase.samples ?? []).map(findsOfSample);
  return [...new Set([...cells, ...samples])];
}

function findsOfCell({ expect, count }: Cell): readonly string[] {
  if (expect === 'observe') return [];
  const what = expect === 'allow' ? 'refusal' : 'leak';
  return [`a ${what} of ${percent(smallestRate(count))} of ${count} requests`];
}

function findsOfSample({ expect, n }: Sample): string {
  switch (expect.kind) {
    case 'shares':
    case 'not-shares':
      return `a share off by ${Number((expect.delta * 100).toPrecision(3))} points, in at most ${n} requests`;
    case 'only':
      return `${percent(smallestRate(n))} of ${n} requests going elsewhere`;
    case 'all':
      return `a backend that gets nothing of ${n} requests`;
    case 'present':
      return `a share of ${percent(expect.share)} lost, in ${n} requests`;
  }
}

/** Of which at least one in n shows with probability 0.99. */
const smallestRate = (n: number): number => 1 - (1 - POWER) ** (1 / n);

const percent = (rate: number): string => `${Number((rate * 100).toPrecision(2))} %`;

/** Why a sample cannot keep its error rates, and what to change; undefined when it can. */
export function findPlanProblem({
  expect,
  n,
}: Sample): { readonly problem: string; readonly hint: string } | undefined {
  switch (expect.kind) {
    case 'shares':
    case 'not-shares': {
      const least = Math.max(0, ...planShares(expect.shares, expect.delta).map((plan) => plan.n));
      return tooFew(n, least, `for a shift of ${expect.delta}`, 'raise n, or widen delta');
    }
    case 'only':
      return tooFew(n, samplesForZeroHits(LARGEST_LEAK), `for a leak of ${percent(LARGEST_LEAK)}`, 'raise n');
    case 'all': {
      const least = samplesForPresence(1 / (2 * expect.backends.length));
      return tooFew(n, least, `for ${expect.backends.length} backends to answer`, 'raise n, or name fewer backends');
    }
    case 'present':
      return tooFew(n, samplesForPresence(expect.share), `for a share of ${percent(expect.share)}`, 'raise n');
  }
}

function tooFew(n: number, least: number, what: string, way: string): ReturnType<typeof findPlanProblem> {
  if (n >= least) return undefined;
  return {
    problem: `n = ${n} is too small ${what} at the planned alpha and power`,
    hint: `${way}: it takes ${least} at least`,
  };
}
