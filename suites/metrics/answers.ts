/** Answers of the metrics API as they stand in the evidence. */
import { METRICS_FACT, type MetricsFact } from '../../src/cases/metrics-fact.js';
import type { Evidence } from '../../src/evidence/records.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { readAnswer, type Reading } from '../../src/metrics/read-answer.js';
import type { ObjectReference } from '../../src/smi/model.js';

/** The last answer to a path in a phase; earlier ones were not the one that was waited for. */
export function answerTo({ lines }: Evidence, phase: string, path: string): MetricsFact | undefined {
  const line = lines.findLast(
    (one) => one.kind === 'fact' && one.phase === phase && one.name === `${METRICS_FACT}${path}`,
  );
  return line?.kind === 'fact' ? (line.value as unknown as MetricsFact) : undefined;
}

/** Whether the harness served what was asked. */
export function viaShim({ lines }: Evidence): boolean {
  return lines.some(
    (one) =>
      one.kind === 'fact' &&
      one.name.startsWith(METRICS_FACT) &&
      (one.value as unknown as MetricsFact).source === 'shim',
  );
}

/** A reference in the namespaces of the case. */
export function isAbout(
  { name, namespace = '' }: ObjectReference,
  wanted: { readonly name: string; readonly namespace?: string },
  { namespaces }: MetricsFact,
): boolean {
  return name === wanted.name && (wanted.namespace === undefined || namespaces[namespace] === wanted.namespace);
}

export type Read =
  | { readonly reading: Reading; readonly fact: MetricsFact; readonly findings: readonly Finding[] }
  | { readonly reading?: undefined; readonly fact?: undefined; readonly findings: readonly Finding[] };

/** The one object that was asked for; what is wrong with it is a violation, what is not on record proves nothing. */
export function readOne(evidence: Evidence, phase: string, path: string): Read {
  const fact = answerTo(evidence, phase, path);
  if (fact === undefined) return { findings: [invalid(`no answer to ${path} is on record`)] };
  const [reading, ...others] = readAnswer(fact.body);
  if (fact.status !== 200 || reading === undefined || others.length > 0)
    return {
      findings: [{ kind: 'violation', message: `${path} is answered with ${describe(fact)}, not with TrafficMetrics` }],
    };
  return { reading, fact, findings: problemsOf(path, [reading]) };
}

/** All objects of an answer. */
export function readAll(
  evidence: Evidence,
  phase: string,
  path: string,
): { readonly readings: readonly Reading[]; readonly fact?: MetricsFact; readonly findings: readonly Finding[] } {
  const fact = answerTo(evidence, phase, path);
  if (fact === undefined) return { readings: [], findings: [invalid(`no answer to ${path} is on record`)] };
  if (fact.status !== 200)
    return {
      readings: [],
      fact,
      findings: [{ kind: 'violation', message: `${path} is answered with ${describe(fact)}` }],
    };
  const readings = readAnswer(fact.body);
  return { readings, fact, findings: problemsOf(path, readings) };
}

/** The first is enough: what is wrong with one is wrong with most. */
function problemsOf(path: string, readings: readonly Reading[]): readonly Finding[] {
  const [problem] = readings.flatMap(({ problems }) => problems);
  return problem === undefined
    ? []
    : [{ kind: 'violation', message: `${path} is no TrafficMetrics as the text has it: ${problem}` }];
}

export function describe({ status, body }: Pick<MetricsFact, 'status' | 'body'>): string {
  const kind =
    typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as { kind?: unknown }).kind : undefined;
  return `status ${status}${typeof kind === 'string' ? ` and a ${kind}` : ''}`;
}
