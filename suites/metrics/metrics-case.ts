/** What all cases of traffic metrics share: the fixture, the document they quote, loads, and waits. */
import type { CaseRecord, Phase, Sample, SamplingPlan } from '../../src/cases/case.js';
import type { CaseContext, MetricsAnswer } from '../../src/cases/context.js';
import { defineCase, type CaseDraft } from '../../src/cases/define.js';
import { readAnswer } from '../../src/metrics/read-answer.js';
import { viaShim } from './answers.js';

export type MetricsDraft = Omit<CaseDraft, 'area' | 'fixture' | 'spec'> & {
  readonly phrase: string;
  readonly fixture?: string;
};

/** In the fixture of splits every client may ask each of ten servers, so that cases take turns with them instead of waiting for one. */
export function metricsCase({ phrase, needs = [], fixture = 'split', judge, ...draft }: MetricsDraft): CaseRecord {
  return defineCase({
    profiles: ['full'],
    ...draft,
    needs: [...needs, 'feature:traffic-metrics'],
    area: 'metrics',
    fixture,
    spec: { ref: 'traffic-metrics v1alpha1', phrase },
    // What the harness itself counted says as much of the harness as of the mesh, so it is told.
    judge: (exchanges, evidence) => {
      const extra = judge?.(exchanges, evidence) ?? {};
      if (!viaShim(evidence)) return extra;
      return { ...extra, variant: ['through the shim', extra.variant].filter((part) => part !== undefined).join(': ') };
    },
  });
}

export const NAMESPACE = '/namespaces/ns1';
export const PODS = `${NAMESPACE}/pods`;
/** Service `eN` has pod `pN` alone, and no other pod is asked by that name. */
export const podPath = (pod: string): string => `${PODS}/${pod}`;

/** Nothing beside the policy of the fixture; whoever asks must have heard of it. */
export function asked(name: string): Phase {
  return { name, objects: [] };
}

/** Requests that nothing is expected of but that they are made. */
export function load(
  to: string,
  n: number,
  { from = 'c1', key = `${from} → ${to}`, headers = [] }: Partial<Pick<Sample, 'from' | 'key' | 'headers'>> = {},
): Sample {
  return { key, from, to, n, connections: CONNECTIONS, groups: {}, expect: { kind: 'all', backends: [] }, headers };
}

/** As many as requests are made to wait in a case: they do so side by side. */
const CONNECTIONS = 10;

/** Counts are compared one by one: nothing is left to chance. */
export function countingPlan(...loads: readonly Sample[]): SamplingPlan {
  const n = loads.reduce((sum, one) => sum + one.n, 0);
  const note = 'counted one by one and compared with what both ends wrote down';
  return {
    n,
    alpha: 0,
    power: 1,
    unit: 'request',
    note,
    finds: ['a count that differs from what both ends wrote down'],
  };
}

/** Waits until a window that ends after now has no traffic in it, so that all of the next is this case's own. */
export async function awaitQuiet(
  ctx: CaseContext,
  phase: string,
  ...paths: readonly string[]
): Promise<readonly MetricsAnswer[]> {
  const isLater = tells(Date.now());
  const isQuiet = (answer: MetricsAnswer): boolean =>
    isLater(answer) && readAnswer(answer.body).every(({ success, failure }) => success + failure === 0);
  return Promise.all(paths.map((path) => ctx.metrics(phase, path, { until: isQuiet })));
}

/** Makes loads side by side, and answers for whether an answer comes after all that has been asked until now. */
export async function make(
  ctx: CaseContext,
  phase: string,
  ...loads: readonly Sample[]
): Promise<(answer: MetricsAnswer) => boolean> {
  await Promise.all(loads.map((one) => ctx.sample(phase, one)));
  return tells(Date.now());
}

/**
 * Whether an answer tells all that happened until a moment. One that tells of no traffic at all, or cannot be read, does not say
 * what span it is about: it may be behind by as much as the source allows itself.
 */
export function tells(moment: number): (answer: Pick<MetricsAnswer, 'body' | 'at' | 'lagMs'>) => boolean {
  return ({ body, at, lagMs }) => {
    const readings = readAnswer(body);
    const last = readings.length === 0 ? at : Math.max(...readings.map(({ to }) => to));
    return !(last < moment + lagMs);
  };
}

/** Attempts to have the same moment told of all paths, so that they can be compared: on a busy machine a look may end between two questions. */
const ATTEMPTS = 30;

/** Asks for several resources at once. */
export async function askTogether(ctx: CaseContext, phase: string, ...paths: readonly string[]): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const answers = await Promise.all(paths.map((path) => ctx.metrics(phase, path)));
    const moments = new Set(answers.flatMap(({ body }) => readAnswer(body).map(({ to }) => to)));
    if (moments.size <= 1) return;
  }
}
