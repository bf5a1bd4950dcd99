/** Shared by the tests of the split suite: its cases judged on what a model of a mesh would have left. */
import assert from 'node:assert/strict';
import type { CaseRecord } from '../../../src/cases/case.js';
import type { Evidence, EvidenceLine } from '../../../src/evidence/records.js';
import { loadWorkloadSet } from '../../../src/workloads/workload-set.js';
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

/** What a run adds that no static phase says. */
const BESIDE: Readonly<Record<string, readonly EvidenceLine[]>> = {
  'SPL-03': streamed('during the shift', broken),
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
  if (id !== 'SPL-10' || defect === 'ignore-split') return { sample: model.sample };
  return { sample: (phase, sample) => rawInForce(phase, sample) ?? model.sample(phase, sample) };
};
export const seen = (id: string, behaviour: Behaviour): Evidence =>
  withLines(synthesise(caseOf(id), behaviour), BESIDE[id] ?? []);
export const judge = (id: string, behaviour: Behaviour) => caseOf(id).judge(seen(id, behaviour));
