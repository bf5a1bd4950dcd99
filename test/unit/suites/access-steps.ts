/** What the steps of single access cases add to their static phases, on a mesh on paper. */
import type { CaseRecord, Cell, Phase } from '../../../src/cases/case.js';
import { observe } from '../../../src/cases/questions.js';
import type { EvidenceLine } from '../../../src/evidence/records.js';
import { answerTo, type PaperMesh } from './specs-mesh.js';
import { change, exchanges, fact, repeat, type Answer } from './synthetic.js';

/** Probes of each stream. */
const PROBES = 60;

/** ACC-36: the server's own address is asked beside its service. */
export const BY_ADDRESS = observe('srv', 'srv:8080', { path: '/self', way: 'pod-ip', count: 3 });
const LOOPBACK = 'srv → localhost:8080';
/** ACC-38: who answers the root while a split is there. */
export const IN_FORCE = observe('c1', 'duo:8080', { path: '/in-force', count: 20 });

export const withCells = (record: CaseRecord, cells: readonly Cell[], phases: readonly string[]): CaseRecord => ({
  ...record,
  phases: (record.phases ?? []).map((phase) =>
    phases.includes(phase.name) ? { ...phase, cells: [...(phase.cells ?? []), ...cells] } : phase,
  ),
});

/** ACC-36, where pods have a loopback of their own. */
export const loopback = (answered: boolean): EvidenceLine[] =>
  exchanges('c1 alone listed', LOOPBACK, repeat(answered ? 'srv' : null, 3), { from: 'srv' });
export const noLoopback = fact('c1 alone listed', 'way not offered', LOOPBACK);

const COPIES = [2, 3, 4, 5];
export const CLIENTS = ['c1', ...COPIES.map((copy) => `c1-${copy}`)];
export const SERVERS = ['srv', ...COPIES.map((copy) => `srv-${copy}`)];
export const GROWN = 'five pods each';
export const GROWING = 'while pods start';

export const started = (pods: readonly string[] = [...CLIENTS, ...SERVERS]): EvidenceLine[] =>
  pods
    .filter((pod) => pod !== 'c1' && pod !== 'srv')
    .map((name) => ({ ...change(GROWN, { kind: 'Pod', namespace: 'ns1', name }), action: 'start-pod' as const }));

/** Which clients met which servers of ACC-32 while it waited for all of them. */
export const met = (servers: (client: string) => readonly Answer[]): EvidenceLine[] =>
  CLIENTS.flatMap((client) =>
    exchanges(`${GROWN} (waiting)`, observe(client, 'srv:8080', { path: '/pairs' }).key, servers(client), {
      from: client,
    }),
  );

export const growing = (client: string, answers: readonly Answer[]): EvidenceLine[] =>
  exchanges(GROWING, observe(client, 'srv:8080', { path: '/growing' }).key, answers, { from: client });

/** All that ACC-32 leaves beside its phases. */
export function scaling(record: CaseRecord, mesh: PaperMesh): readonly EvidenceLine[] {
  const [first] = record.phases ?? [];
  const answer = (client: string): Answer =>
    first === undefined ? null : answerTo(record, mesh, first, observe(client, 'srv:8080'));
  return [
    ...started(),
    ...met((client) => SERVERS.map((server) => (answer(client) === null ? null : server))),
    ...['c1', 'c2'].flatMap((client) => growing(client, repeat(answer(client), PROBES))),
  ];
}

/** Phases of ACC-38 with a split. */
export const SPLIT_PHASES: readonly Phase['name'][] = ['all to srv', 'all to quiet'];
