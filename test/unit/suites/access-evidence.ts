/** Evidence of the access suite on a mesh on paper: its static phases, and what the steps of single cases add. */
import assert from 'node:assert/strict';
import { accessCases } from '../../../suites/access/index.js';
import type { CaseRecord, Cell, Phase } from '../../../src/cases/case.js';
import { allow, deny, observe } from '../../../src/cases/questions.js';
import type { Evidence, EvidenceLine } from '../../../src/evidence/records.js';
import type { Verdict } from '../../../src/judge/verdict.js';
import type { Seen } from './case-proofs.js';
import { BY_ADDRESS, IN_FORCE, noLoopback, scaling, SPLIT_PHASES, withCells } from './access-steps.js';
import { answerTo, CORRECT, evidenceFrom, type PaperMesh } from './specs-mesh.js';
import { exchanges, repeat, withLines, type Answer, type Behaviour } from './synthetic.js';

export const RESYNCS = 20;
const RESYNC = allow('c2', 'srv:8080', { path: '/api/x', count: 2 });
export const SWAP = 'during the swap';
export const PROBES = 60;
const WAYS = ['pod-ip', 'cluster-ip'] as const;
export const TWIN = observe('stranger', 'stranger:8080', { count: 3 });

export const caseOf = (id: string): CaseRecord => {
  const record = accessCases.find((candidate) => candidate.id === id);
  assert.ok(record, `no case ${id}`);
  return record;
};

/** All that a run of the case leaves. */
export const seen: Seen = (record, mesh, rest) => {
  const evidence = evidenceFrom(unfold(record), mesh, rest);
  return withLines(evidence, record.id in BESIDE ? (BESIDE[record.id]?.(record, mesh) ?? []) : []);
};
export const judge = (id: string, mesh: PaperMesh, rest?: Behaviour): Verdict =>
  caseOf(id).judge(seen(caseOf(id), mesh, rest));

/** What a run of ACC-31 asks beside its static cells, where these ways are on offer. */
export function knocking(ways: readonly NonNullable<Cell['way']>[], twin: readonly Cell[] = [TWIN]): CaseRecord {
  const record = caseOf('ACC-31');
  const knocks = ['stranger', 'c2', 'c1'].flatMap((client) => ways.map((way) => deny(client, 'srv:8080', { way })));
  return {
    ...record,
    phases: (record.phases ?? []).map((phase) => ({ ...phase, cells: [...(phase.cells ?? []), ...twin, ...knocks] })),
  };
}

/** The case with the phases and cells that its own steps add, for the mesh to answer. */
function unfold(record: CaseRecord): CaseRecord {
  if (record.id === 'ACC-31') return knocking(WAYS);
  if (record.id === 'ACC-36') return withCells(record, [BY_ADDRESS], ['c1 alone listed']);
  if (record.id === 'ACC-38') return withCells(record, [IN_FORCE], SPLIT_PHASES);
  if (record.id !== 'ACC-10') return record;
  const [first, ...rest] = record.phases ?? [];
  assert.ok(first);
  const rounds = Array.from({ length: RESYNCS }, (_, index): Phase => ({
    ...first,
    name: `re-sync ${index + 1}`,
    cells: [RESYNC],
  }));
  return { ...record, phases: [first, ...rounds, ...rest] };
}

/** What a run adds that no phase says. */
const BESIDE: Readonly<Record<string, (record: CaseRecord, mesh: PaperMesh) => readonly EvidenceLine[]>> = {
  'ACC-29': () => fates({ http: [true, false], tcp: [false, false], websocket: [true, true] }),
  'ACC-32': scaling,
  'ACC-36': () => [noLoopback],
  'ACC-30': (record, mesh) => {
    const answer = (client: string, phase: Phase | undefined): Answer =>
      phase === undefined ? null : answerTo(record, mesh, phase, observe(client, 'srv:8080', { path: '/swap' }));
    const [before, after] = record.phases ?? [];
    return ['c1', 'c2', 'c3'].flatMap((client) =>
      swapping(client, [...repeat(answer(client, before), PROBES / 2), ...repeat(answer(client, after), PROBES / 2)]),
    );
  },
};

/** One client's stream of ACC-30; a probe a millisecond. */
export const swapping = (client: string, answers: readonly Answer[]): EvidenceLine[] =>
  exchanges(SWAP, observe(client, 'srv:8080', { path: '/swap' }).key, answers, { from: client });

/** Whether the kept connection of a protocol still answers, at once and later. `undefined`: it could not be opened. */
export type Fates = Readonly<Record<string, readonly [atOnce: boolean, later: boolean] | undefined>>;

/** The sessions of ACC-29. */
export function fates(all: Fates): EvidenceLine[] {
  return Object.entries(all).flatMap(([protocol, fate]) => {
    const to = protocol === 'tcp' ? 'srv:8300' : 'srv:8080';
    const kept = observe('c1', to, { protocol: protocol as Cell['protocol'], path: '/kept', count: 1 });
    const one = (cell: string, answered: boolean) => exchanges('granted', cell, [answered ? 'srv' : null]);
    return [
      ...one(kept.key, fate !== undefined),
      ...one(`${protocol} at once`, fate?.[0] ?? false),
      ...one(`${protocol} later`, fate?.[1] ?? false),
    ];
  });
}

/** The evidence of ACC-29 or ACC-30 on a correct mesh with these lines in place of its streams and sessions. */
export const withSteps = (id: string, lines: readonly EvidenceLine[]): Evidence =>
  withLines(evidenceFrom(caseOf(id), CORRECT), lines);
