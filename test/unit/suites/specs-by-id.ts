/** Finding and judging cases of the specs suite by id, for its tests. */
import assert from 'node:assert/strict';
import { specsCases } from '../../../suites/specs/index.js';
import type { CaseRecord } from '../../../src/cases/case.js';
import type { Verdict } from '../../../src/judge/verdict.js';
import { evidenceFrom, type PaperMesh } from './specs-mesh.js';

export const find = (id: string): CaseRecord => {
  const record = specsCases.find((candidate) => candidate.id === id);
  assert.ok(record, `no case ${id}`);
  return record;
};
export const judge = (id: string, mesh: PaperMesh): Verdict => find(id).judge(evidenceFrom(find(id), mesh));
