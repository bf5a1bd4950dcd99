/** Metrics of traffic splits: one for each backend. */
import type { Phase } from '../../src/cases/case.js';
import { visit } from '../../src/cases/define.js';
import { split } from '../../src/cases/objects.js';
import type { Evidence } from '../../src/evidence/records.js';
import type { Exchange, Exchanges } from '../../src/judge/exchanges.js';
import { invalid, violation, type Finding } from '../../src/judge/findings.js';
import type { Reading } from '../../src/metrics/read-answer.js';
import { readAll, viaShim } from './answers.js';
import { awaitQuiet, countingPlan, load, make, metricsCase } from './metrics-case.js';
import { judgeCounts } from './truth.js';

/** Objects of a case bear its id before their names. */
const pathOf = (name: string): string => `/namespaces/ns1/trafficsplits/met-13-${name}`;
/** Backends, and the pod behind each. No two splits share one: proxies that count by backend could not tell whose it was. */
const PODS = { v1: 'p1', v2: 'p2', e5: 'p5', e6: 'p6' } as const;

interface Split {
  readonly name: string;
  readonly root: string;
  readonly weights: Readonly<Partial<Record<keyof typeof PODS, number>>>;
}

const shared: Split = { name: 'ts', root: 'root', weights: { v1: 75, v2: 25 } };
const turned: Split = { name: 'ts2', root: 'root2', weights: { e5: 0, e6: 100 } };
const SPLITS = [shared, turned];
const loadOf = ({ root }: Split) => load(`${root}:8080`, 100);
const pastRoot = load('v1:8080', 30);
const phase: Phase = {
  name: 'two splits',
  objects: SPLITS.map(({ name, root, weights }) => split(name, root, weights)),
};

export const backends = metricsCase({
  id: 'MET-13',
  class: 'M',
  title: 'a traffic split has metrics for each of its backends',
  phrase:
    'Each TrafficMetrics object is scoped to an individual backend of the traffic split and contains a backend field',
  needs: ['kind:TrafficSplit'],
  setup: 'a client asks the root of a split with weights 75 and 25, and one of its backends directly',
  expectation: 'one object for each backend, with apex, name and weight, and the count of what came to it by the root',
  control: 'of a split with weights 0 and 100, asked at the same time, only the other backend counts',
  catches: ['metrics-double-count', 'metrics-swapped-backends'],
  plan: countingPlan(...SPLITS.map(loadOf), pastRoot),
  phases: [phase],
  run: async (ctx) => {
    await visit(ctx, phase);
    const paths = SPLITS.map(({ name }) => pathOf(name));
    const quiet = await awaitQuiet(ctx, phase.name, ...paths);
    const direct = quiet.some(({ source }) => source === 'shim') ? [] : [pastRoot];
    const isAfter = await make(ctx, phase.name, ...SPLITS.map(loadOf), ...direct);
    await Promise.all(paths.map((path) => ctx.metrics(phase.name, path, { until: isAfter })));
  },
  judge: (exchanges, evidence) => ({
    findings: [
      ...judgeBackends(shared, exchanges, evidence),
      ...judgeBackends(turned, exchanges, evidence).map(({ message }) =>
        invalid(`the control did not flip: ${message}`),
      ),
    ],
    variant: viaShim(evidence)
      ? 'nothing went straight to a backend, which proxies do not tell apart'
      : 'requests straight to a backend are told apart',
  }),
});

function judgeBackends(one: Split, exchanges: Exchanges, evidence: Evidence): readonly Finding[] {
  const { root, weights } = one;
  const { readings, fact, findings } = readAll(evidence, phase.name, pathOf(one.name));
  if (fact === undefined || findings.length > 0) return findings;
  const seen = exchanges.of(phase.name, loadOf(one).key);
  if (seen.length === 0) return [invalid(`no request to ${root} is on record`)];
  return (Object.entries(weights) as [keyof typeof PODS, number][]).flatMap(([service, weight]): readonly Finding[] => {
    const objects = readings.filter(({ metrics }) => metrics.backend?.name === service);
    const [reading] = objects;
    if (reading === undefined || objects.length > 1)
      return [violation(`the backend ${service} has ${objects.length} objects of metrics, not one`)];
    const own = seen.filter((exchange) => answeredBy(exchange, PODS[service]));
    return [
      ...judgeBackend(reading, { apex: root, name: service, weight }),
      ...(own.length === 0
        ? judgeNone(service, reading)
        : judgeCounts(`the backend ${service}`, reading, own, fact.lagMs)),
    ];
  });
}

function answeredBy({ servers }: Exchange, pod: string): boolean {
  return servers.some((server) => server.pod === pod);
}

function judgeBackend(
  { metrics: { backend } }: Reading,
  wanted: NonNullable<Reading['metrics']['backend']>,
): readonly Finding[] {
  const apex = backend?.apex.split('.')[0];
  return [
    ...(apex === wanted.apex
      ? []
      : [violation(`the backend ${wanted.name} names ${apex ?? 'nothing'} as its apex, not ${wanted.apex}`)]),
    ...(backend?.weight === wanted.weight
      ? []
      : [violation(`the backend ${wanted.name} has weight ${backend?.weight}, not ${wanted.weight}`)]),
  ];
}

function judgeNone(service: string, { success, failure }: Reading): readonly Finding[] {
  return success + failure === 0
    ? []
    : [violation(`the backend ${service} counts ${success + failure} requests, and no server of it saw one`)];
}
