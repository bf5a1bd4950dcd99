/** Evidence of the identity suite on a mesh on paper: who a pod is changes from phase to phase, and some steps are no cells. */
import assert from 'node:assert/strict';
import { identityCases } from '../../../suites/identity/index.js';
import type { CaseRecord, Phase } from '../../../src/cases/case.js';
import { observe } from '../../../src/cases/questions.js';
import type { ClientLine, Evidence, EvidenceLine } from '../../../src/evidence/records.js';
import type { CertificateFacts } from '../../../src/certificates/facts.js';
import type { Verdict } from '../../../src/judge/verdict.js';
import type { Json } from '../../../src/smi/model.js';
import type { Seen } from './case-proofs.js';
import { CORRECT, evidenceFrom, type PaperMesh } from './specs-mesh.js';
import { change, exchanges, fact, repeat, withLines, type Behaviour } from './synthetic.js';

export const STREAM = 'while certificates rotate';
export const KEPT = `${STREAM} (kept)`;
export const ROTATIONS = 3;
export const PLAINTEXT = observe('stranger', 'srv:8080', { way: 'pod-ip', count: 3 });
export const TWIN = observe('stranger', 'stranger:8080', { count: 3 });
const MARKED = {
  path: '/marked',
  headers: [
    ['x-meshgauge-marker', 'meshgauge-legible-on-the-wire'],
    ['x-meshgauge-echo', 'full'],
  ],
} as const;
export const MARKED_CELL = observe('c1', 'srv:8080', MARKED);
const MARKED_TWIN = observe('stranger', 'stranger:8080', MARKED);
export const HANDSHAKE = 'TLS handshake without a client certificate';
const TWIN_HANDSHAKE = 'TLS handshake with the plaintext twin';
export const SERVER_ID = 'spiffe://paper/ns/ns1/sa/s';
export const CLIENT_ID = 'spiffe://paper/ns/ns1/sa/c1';

/** The defects that access control alone does not show. */
export const IDENTITY_DEFECTS: Readonly<Record<string, PaperMesh>> = {
  'tls-plaintext': { ...CORRECT, plaintext: 'believed' },
  'no-client-certificate': { ...CORRECT, deceivedBy: ['TLS without a certificate'] },
  'any-ca': { ...CORRECT, deceivedBy: ['TLS with a certificate of another authority'] },
  'expired-certificate': { ...CORRECT, deceivedBy: ['TLS with an expired certificate'] },
  // Pods that begin as c1 and go on as another account.
  'wrong-san': { ...CORRECT, accountOf: (_phase, pod) => (['heir', 'client', 'mover'].includes(pod) ? 'c1' : pod) },
};

export const caseOf = (id: string): CaseRecord => {
  const record = identityCases.find((candidate) => candidate.id === id);
  assert.ok(record, `no case ${id}`);
  return record;
};

/** All that a run of the case leaves. */
export const seen: Seen = (record, mesh, rest) =>
  withLines(evidenceFrom(unfold(record), { accountOf: accountAt, ...mesh }, rest), BESIDE[record.id]?.(mesh) ?? []);
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
    return {
      ...record,
      phases: [{ ...first, cells: [...(first.cells ?? []), PLAINTEXT, TWIN, MARKED_CELL, MARKED_TWIN] }, ...rest],
    };
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

/** What a capture showed of a port; without a value nothing is said of it. */
const wire = (place: string, value: Json): EvidenceLine => fact('c1 listed', `wire of ${place}`, value);
const COUNTS = { packets: 40, payloadBytes: 4_000, flows: 10, handshakes: 2, dropped: 0 };
const LEGIBLE = { ...COUNTS, tlsFlows: 0, markers: 10, firstBytes: '47 45 54 20' };
export const ENCRYPTED = { ...COUNTS, tlsFlows: 10, markers: 0, firstBytes: '16 03 01 02' };
export const wires = (meshed: Json = ENCRYPTED, twin: Json = LEGIBLE): EvidenceLine[] => [
  wire('srv:8080', meshed),
  wire('stranger:8080', twin),
];
export { LEGIBLE };

/** That these versions of TLS were taken when offered alone. */
export const versions = (...taken: readonly string[]): EvidenceLine[] =>
  ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'].flatMap((version) =>
    handshake(`${version} alone`, { handshake: 'refused', ...(taken.includes(version) ? { version } : {}) }),
  );

/** What the certificate of the server says. */
export const certificate = (more: Partial<CertificateFacts> = {}): EvidenceLine =>
  fact('c1 listed', 'certificate of srv', { ...FACTS, ...more });
/** A moment in its life: that of all synthetic evidence. */
const SHOWN = 1_700_000_000_000;
const FACTS: CertificateFacts = {
  serial: 'ABC',
  uriNames: [SERVER_ID],
  otherNames: [],
  key: 'EC prime256v1',
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: ['serverAuth', 'clientAuth'],
  notBefore: SHOWN - 60_000,
  notAfter: SHOWN + 3_600_000,
  isAuthority: false,
  issuers: 0,
  verified: 'yes',
};
export const FACTS_IN_WORDS =
  'its certificate has one URI name, a key EC prime256v1 for digitalSignature, serverAuth, clientAuth, a life of 61 minutes, signed by a root of the mesh';

/** All that IDN-01 adds, the handshakes left to the test. */
export const beside = (...handshakes: readonly (readonly EvidenceLine[])[]): EvidenceLine[] => [
  ...handshakes.flat(),
  ...wires(),
  ...versions('TLSv1.3'),
  certificate(),
];

/** The serial numbers that the server showed, one round after the other. */
export const serials = (...numbers: readonly string[]): EvidenceLine[] =>
  numbers.map((serial, round) => fact(STREAM, `certificate of srv ${round}`, { ...FACTS, serial }));

const IMPOSTORS = [
  'TLS without a certificate',
  'TLS with a certificate of another authority',
  'TLS with an expired certificate',
] as const;
export const GENUINE = 'TLS with a valid certificate';

/** Handshakes of clients that say they are c1, and c1 itself by a split. */
const knocks = (mesh: PaperMesh): EvidenceLine[] => [
  ...IMPOSTORS.flatMap((cell) => knock(cell, mesh.deceivedBy?.includes(cell) === true)),
  ...knock(GENUINE, mesh.answer !== 'deny'),
];
export const knock = (cell: string, gotIn: boolean): EvidenceLine[] =>
  exchanges('c2 claims to be c1', cell, [gotIn ? 'srv' : null], { from: 'stranger' });

/** What a run adds that no phase says. */
const BESIDE: Readonly<Record<string, (mesh: PaperMesh) => readonly EvidenceLine[]>> = {
  'IDN-01': () => beside(mutual, plainTwin),
  'IDN-02': knocks,
  'IDN-03': () => [inherited(true)],
  'IDN-06': () => [...rotations(ROTATIONS), ...serials('A', 'B', 'C', 'D')],
};

/** The same evidence with the name that each client presented, as the servers wrote it down. */
export function withPresented(evidence: Evidence, nameOf: (phase: string) => string): Evidence {
  const told = (phase: string): string => `By=${SERVER_ID};Hash=00ff;URI=${nameOf(phase)}`;
  return {
    ...evidence,
    lines: evidence.lines.map((line) => (line.kind === 'server' ? { ...line, xfcc: told(line.phase) } : line)),
  };
}
