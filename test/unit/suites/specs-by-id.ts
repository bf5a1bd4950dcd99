/** Finding and judging cases of the specs suite by id, for its tests. */
import assert from 'node:assert/strict';
import { specsCases } from '../../../suites/specs/index.js';
import type { CaseRecord } from '../../../src/cases/case.js';
import type { Evidence, EvidenceLine } from '../../../src/evidence/records.js';
import type { Verdict } from '../../../src/judge/verdict.js';
import { evidenceFrom, type PaperMesh } from './specs-mesh.js';
import { change, withLines, type Behaviour } from './synthetic.js';

export const find = (id: string): CaseRecord => {
  const record = specsCases.find((candidate) => candidate.id === id);
  assert.ok(record, `no case ${id}`);
  return record;
};
/** The poison of SPC-24, and what the API says to it. */
export const poison = (refusal?: string): EvidenceLine =>
  change(
    'beside the poison',
    { apiVersion: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', metadata: { name: 'spc-24-poison' } },
    refusal,
  );

/** What a run adds that no phase says. */
const BESIDE: Readonly<Record<string, readonly EvidenceLine[]>> = { 'SPC-24': [poison('not a map')] };

/** All that a run of the case leaves. */
export const seen = (record: CaseRecord, mesh: PaperMesh, rest?: Behaviour): Evidence =>
  withLines(evidenceFrom(record, mesh, rest), BESIDE[record.id] ?? []);
export const judge = (id: string, mesh: PaperMesh): Verdict => find(id).judge(seen(find(id), mesh));
