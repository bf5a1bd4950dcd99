/** Evidence of the identity suite on a mesh on paper: who a pod is changes from phase to phase, and some steps are no cells. */
import assert from 'node:assert/strict';
import { identityCases } from '../../../suites/identity/index.js';
import type { CaseRecord, Phase } from '../../../src/cases/case.js';
import { observe } from '../../../src/cases/questions.js';
import type { ClientLine, Evidence, EvidenceLine } from '../../../src/evidence/records.js';
import type { Verdict } from '../../../src/judge/verdict.js';
import type { Seen } from './case-proofs.js';
import { evidenceFrom, type PaperMesh } from './specs-mesh.js';
import { change, exchanges, fact, repeat, withLines, type Behaviour } from './synthetic.js';

export const STREAM = 'while certificates rotate';
export const KEPT = `${STREAM} (kept)`;
export const ROTATIONS = 3;
export const PLAINTEXT = observe('stranger', 'srv:8080', { way: 'pod-ip', count: 3 });
export const TWIN = observe('stranger', 'stranger:8080', { count: 3 });
export const HANDSHAKE = 'TLS handshake without a client certificate';
const TWIN_HANDSHAKE = 'TLS handshake with the plaintext twin';
export const SERVER_ID = 'spiffe://paper/ns/ns1/sa/s';
export const CLIENT_ID = 'spiffe://paper/ns/ns1/sa/c1';

export const caseOf = (id: string): CaseRecord => {
  const record = identityCases.find((candidate) => candidate.id === id);
  assert.ok(record, `no case ${id}`);
  return record;
};

/** All that a run of the case leaves. */
export const seen: Seen = (record, mesh, rest) =>
  withLines(evidenceFrom(unfold(record), { accountOf: accountAt, ...mesh }, rest), BESIDE[record.id] ?? []);
export const judge = (id: string, mesh: PaperMesh, rest?: Behaviour): Verdict =>
  caseOf(id).judge(seen(caseOf(id), mesh, rest));

/** Case, mesh and lines beside the cells, all as given. */
export const judgeLines = (id: string, mesh: PaperMesh, beside: readonly EvidenceLine[], rest?: Behaviour): Verdict =>
  caseOf(id).judge(withLines(evidenceFrom(unfold(caseOf(id)), { accountOf: accountAt, ...mesh }, rest), beside));

/** As which account a pod runs that is started anew in the course of a case. */
function accountAt({ name }: Phase, pod: string): string {
  if (pod === 'heir') return name === 'address inherited by c2' ? 'c2' : 'c1';
  if (pod === 'client') return name === 'rolled out as c2' ? 'c2' : 'c1';
  return pod === 'mover' ? 'c1' : pod;
}

/** The case with the cells and phases that its own steps add, for the mesh to answer. */
function unfold(record: CaseRecord): CaseRecord {
  const [first, ...rest] = record.phases ?? [];
  assert.ok(first);
  if (record.id === 'IDN-01')
    return { ...record, phases: [{ ...first, cells: [...(first.cells ?? []), PLAINTEXT, TWIN] }, ...rest] };
  if (record.id !== 'IDN-06') return record;
  const probe = (client: string, count: number) => observe(client, 'srv:8080', { path: '/rotation', count });
  return {
    ...record,
    phases: [
      first,
      { name: STREAM, objects: first.objects, cells: [probe('c1', 60), probe('c2', 30)] },
      { name: KEPT, objects: first.objects, cells: [probe('c1', 60)] },
      ...rest,
    ],
  };
}

export const rotations = (count: number): EvidenceLine[] =>
  repeat({ ...change(STREAM, { kind: 'Certificates', namespace: '', name: 'all' }), action: 'rotate' as const }, count);

export const inherited = (did: boolean) => fact('address inherited by c2', 'address inherited', did);

/** What a handshake probe of IDN-01 brings home. */
export function handshake(cell: string, tls: NonNullable<ClientLine['tls']>): EvidenceLine[] {
  return exchanges('c1 listed', cell, [null], { from: 'stranger' }).map((line) =>
    line.kind === 'client' ? { ...line, tls } : line,
  );
}

const CERTIFICATE = { version: 'TLSv1.3', peerCertificatePem: 'a certificate', peerUriSans: [SERVER_ID] } as const;
export const mutual = handshake(HANDSHAKE, { handshake: 'refused', ...CERTIFICATE });
export const oneSided = handshake(HANDSHAKE, { handshake: 'completed', ...CERTIFICATE });
export const noTls = handshake(HANDSHAKE, { handshake: 'refused' });
export const plainTwin = handshake(TWIN_HANDSHAKE, { handshake: 'refused' });
export const encryptedTwin = handshake(TWIN_HANDSHAKE, { handshake: 'completed', ...CERTIFICATE });

/** What a run adds that no phase says. */
const BESIDE: Readonly<Record<string, readonly EvidenceLine[]>> = {
  'IDN-01': [...mutual, ...plainTwin],
  'IDN-03': [inherited(true)],
  'IDN-06': rotations(ROTATIONS),
};

/** The same evidence with the name that each client presented, as the servers wrote it down. */
export function withPresented(evidence: Evidence, nameOf: (phase: string) => string): Evidence {
  const told = (phase: string): string => `By=${SERVER_ID};Hash=00ff;URI=${nameOf(phase)}`;
  return {
    ...evidence,
    lines: evidence.lines.map((line) => (line.kind === 'server' ? { ...line, xfcc: told(line.phase) } : line)),
  };
}
