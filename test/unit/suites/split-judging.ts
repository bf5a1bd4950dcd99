/** Shared by the tests of the split suite: its cases judged on what a model of a mesh would have left. */
import assert from 'node:assert/strict';
import type { CaseRecord } from '../../../src/cases/case.js';
import type { Evidence, EvidenceLine } from '../../../src/evidence/records.js';
import { loadWorkloadSet } from '../../../src/workloads/workload-set.js';
import type { Json } from '../../../src/smi/model.js';
import { fortyBackends } from '../../../suites/split/forty.js';
import { splitCases } from '../../../suites/split/index.js';
import { SplitMesh, type Defect } from './split-mesh.js';
import { change, exchanges, fact, repeat, synthesise, withLines, type Answer, type Behaviour } from './synthetic.js';

const STREAM = 'c1 → root:8080 GET /continuous';

export const odd = (phase: string, weight: number, refusal?: string) =>
  change(
    phase,
    {
      apiVersion: 'split.smi-spec.io/v1alpha4',
      kind: 'TrafficSplit',
      metadata: { name: 'spl-10-odd' },
      spec: { service: 'root', backends: [{ service: 'v2', weight }] },
    },
    refusal,
  );
export const streamed = (phase: string, answers: readonly Answer[], status = 503) =>
  exchanges(phase, STREAM, answers, { status });
export const ok = repeat('p1', 60);
export const broken = [...ok, null];
export const flips = (durationMs: number) => fact('during the flips', 'flips', { count: 100, durationMs });

export const workloads = await loadWorkloadSet('split');

/** TCP connections beside the requests of SPL-02. */
export const connections = (answers: readonly Answer[]) => exchanges('100 to 0', 'c1 → root:8300 tcp', answers);
/** A round of SPL-17, in which one of the two splits answers for both, or several do. */
export const round = (phase: string, ...pods: readonly string[]) =>
  exchanges(
    phase,
    'c1 → root:8080 GET /',
    Array.from({ length: 40 }, (_, index) => pods[index % pods.length] ?? null),
  );
export const ROUNDS = [...Array.from({ length: 5 }, (_, index) => `re-sync ${index + 1}`), 'control plane restarted'];
/** What the API said to the object of SPL-06, and what it kept of it. */
export const forty = (stored?: Json, refusal?: string): readonly EvidenceLine[] => {
  const object = fortyBackends({ offers: () => true });
  const said = change('40 equal weights', object, refusal);
  return refusal === undefined
    ? [said, fact('40 equal weights', 'stored spl-06-forty', stored ?? { spec: object['spec'] })]
    : [said];
};

/** What a run adds that no static phase says. */
const BESIDE: Readonly<Record<string, readonly EvidenceLine[]>> = {
  'SPL-02': connections(repeat('p1', 459)),
  'SPL-03': streamed('during the shift', broken),
  'SPL-06': forty(),
  'SPL-17': ROUNDS.flatMap((phase) => round(phase, 'p1')),
  'SPL-10': [odd('weight 0.5', 0.5, 'must be an integer'), odd('weight -1', -1), odd('weight 1', 1)],
  'SPL-12': streamed('while the service is created', ok),
  'SPL-27': [...streamed('no flips', ok), flips(2_000), ...streamed('during the flips', ok)],
};

/** The object sent word for word in SPL-10 is no part of the static phases. */
export const rawInForce: NonNullable<Behaviour['sample']> = (phase, sample) =>
  phase.name === 'weight 1' ? repeat('p2', sample.n) : undefined;

export const caseOf = (id: string): CaseRecord => {
  const record = splitCases.find((candidate) => candidate.id === id);
  assert.ok(record, `no case ${id}`);
  return record;
};
export const mesh = (id: string, defect?: Defect): Behaviour => {
  const model = new SplitMesh(workloads, defect);
  if (id !== 'SPL-10' || defect === 'ignore-split') return model;
  return { sample: (phase, sample) => rawInForce(phase, sample) ?? model.sample(phase, sample) };
};
export const seen = (id: string, behaviour: Behaviour): Evidence =>
  withLines(synthesise(caseOf(id), behaviour), BESIDE[id] ?? []);
export const judge = (id: string, behaviour: Behaviour) => caseOf(id).judge(seen(id, behaviour));
