import assert from 'node:assert/strict';
import type { CertificateFacts } from '../../../src/certificates/facts.js';
import type { Cell } from '../../../src/cases/case.js';
import type { EvidenceLine } from '../../../src/evidence/records.js';
import {
  beside,
  caseOf,
  certificate,
  CLIENT_ID,
  ENCRYPTED,
  encryptedTwin,
  FACTS_IN_WORDS,
  handshake,
  HANDSHAKE,
  judge,
  judgeLines,
  LEGIBLE,
  MARKED_CELL,
  mutual,
  noTls,
  oneSided,
  PLAINTEXT,
  plainTwin,
  seen,
  SERVER_ID,
  TWIN,
  versions,
  wires,
  withPresented,
} from './identity-evidence.js';
import { CORRECT, DEFECTS } from './specs-mesh.js';
import { repeat, withoutLines, type Behaviour } from './synthetic.js';

const TLS = 'TLS records and nothing legible on the wire';
const SAID = `TLSv1.3 alone; the server is ${SERVER_ID}; ${FACTS_IN_WORDS}`;

describe('IDN-01 what protects a connection', () => {
  const plain = DEFECTS['plaintext-accepted'] ?? CORRECT;
  const answering = (key: string, answers: readonly (string | null)[]): Behaviour => ({
    cell: (_phase, cell: Cell) => (cell.key === key ? answers : undefined),
  });
  const variantOf = (lines: readonly EvidenceLine[], mesh = CORRECT): string | undefined => {
    const verdict = judgeLines('IDN-01', mesh, lines);
    assert.equal(verdict.verdict, 'recorded', verdict.reason);
    return verdict.variant;
  };

  it('tells its readings apart, each with and without plaintext beside it', () => {
    const variant = (mesh: typeof CORRECT, tls: readonly EvidenceLine[]) => variantOf(beside(tls, plainTwin), mesh);
    assert.equal(variant(CORRECT, mutual), `mTLS, plaintext refused, ${TLS}: ${SAID}`);
    assert.equal(variant(plain, mutual), `mTLS, plaintext accepted beside it, ${TLS}: ${SAID}`);
    assert.equal(variant(CORRECT, oneSided), `server-only TLS, plaintext refused, ${TLS}: ${SAID}`);
    assert.equal(variant(plain, oneSided), `server-only TLS, plaintext accepted beside it, ${TLS}: ${SAID}`);
    assert.equal(variant(plain, noTls), `plaintext, ${TLS}`);
    assert.equal(variant(CORRECT, noTls), `other: neither plaintext nor TLS is answered, ${TLS}`);
    const nameless = handshake(HANDSHAKE, { handshake: 'completed', peerCertificatePem: 'a certificate' });
    assert.match(variant(CORRECT, nameless) ?? '', /^server-only TLS, .*; the server is unnamed; /);
  });

  it('believes the wire before the handshakes: what can be read there is plaintext, whatever is offered', () => {
    const rest = [...versions('TLSv1.3'), certificate()];
    assert.equal(
      variantOf([...mutual, ...plainTwin, ...wires(LEGIBLE), ...rest]),
      `plaintext, though mTLS is offered, plaintext refused, legible on the wire: ${SAID}`,
    );
    assert.equal(variantOf([...noTls, ...plainTwin, ...wires(LEGIBLE), ...rest]), 'plaintext, legible on the wire');
    const strange = { ...ENCRYPTED, tlsFlows: 8, firstBytes: '50 52 49' };
    assert.match(
      variantOf([...mutual, ...plainTwin, ...wires(strange), ...rest]) ?? '',
      /nothing legible on the wire, but not all of it TLS \(it begins 50 52 49\)/,
    );
  });

  it('proves nothing from a capture that was not made, saw nothing, lost something, or is blind', () => {
    for (const [lines, why] of [
      [[], /the wire was not looked at/],
      [wires({ impossible: 'no CAP_NET_RAW' }), /the wire could not be looked at: no CAP_NET_RAW/],
      [wires(ENCRYPTED, { impossible: 'no tool' }), /the wire of the twin could not be looked at: no tool/],
      [wires(ENCRYPTED, ENCRYPTED), /did not read the marker between pods outside the mesh either/],
      [wires({ ...ENCRYPTED, payloadBytes: 0 }), /not one byte of the marked requests was captured/],
      [wires({ ...ENCRYPTED, dropped: 2 }), /2 packets of the marked requests were lost to the capture/],
    ] as const) {
      const { verdict, reason } = judgeLines('IDN-01', CORRECT, [...mutual, ...plainTwin, ...lines, certificate()]);
      assert.equal(verdict, 'inconclusive', String(why));
      assert.match(reason, why);
    }
  });

  it('proves nothing when the marked requests did not come through, for nothing was there to be read', () => {
    const { verdict, reason } = judge(
      'IDN-01',
      CORRECT,
      answering(MARKED_CELL.key, ['srv', 'srv', null, 'srv', 'srv']),
    );
    assert.deepEqual([verdict, reason], ['inconclusive', 'only 4 of 5 marked requests of c1 came through']);
  });

  it('says which versions of TLS are taken', () => {
    const variant = (...taken: readonly string[]) =>
      variantOf([...mutual, ...plainTwin, ...wires(), ...versions(...taken), certificate()]) ?? '';
    assert.match(variant('TLSv1.3'), /: TLSv1\.3 alone;/);
    assert.match(variant('TLSv1', 'TLSv1.2', 'TLSv1.3'), /: TLSv1, TLSv1\.2, TLSv1\.3;/);
    assert.match(variant(), /: no version of TLS when offered alone;/);
  });

  it('says what the certificate of the server is', () => {
    const variant = (more: Partial<CertificateFacts>) =>
      variantOf([...mutual, ...plainTwin, ...wires(), ...versions('TLSv1.3'), certificate(more)]) ?? '';
    assert.match(variant({ uriNames: [SERVER_ID, CLIENT_ID] }), /its certificate has 2 URI names,/);
    assert.match(variant({ uriNames: [], otherNames: ['DNS:srv'] }), /its certificate has no URI names and DNS:srv,/);
    assert.match(variant({ keyUsage: [], extendedKeyUsage: [] }), /a key EC prime256v1 for anything/);
    assert.match(variant({ notAfter: 1_699_999_000_000 }), /a life of .*, which has ENDED/);
    assert.match(variant({ notBefore: 1_700_000_500_000 }), /a life of .*, which has NOT BEGUN/);
    assert.match(variant({ notBefore: 0 }), /a life of \d+ days/);
    assert.match(variant({ issuers: 1 }), /one certificate along with it/);
    assert.match(variant({ isAuthority: true }), /the right to sign others/);
    assert.match(variant({ verified: 'no' }), /signed by NO root of the mesh/);
    assert.match(variant({ verified: 'unknown' }), /the roots of the mesh are unknown/);
  });

  it('names the listed client, not who passed the gate', () => {
    const { lines, header } = seen(caseOf('IDN-01'), CORRECT);
    const gate = lines.flatMap((line) =>
      line.kind === 'server' ? [{ ...line, id: `gate/${line.id}`, phase: 'c1 listed (gate)' }] : [],
    );
    const told = withPresented({ header, lines: [...gate, ...lines] }, (phase) =>
      phase.endsWith('(gate)') ? 'spiffe://paper/ns/ns1/sa/witness' : CLIENT_ID,
    );
    assert.match(caseOf('IDN-01').judge(told).variant ?? '', new RegExp(`; the client presented ${CLIENT_ID}; its`));
  });

  it('takes one request in plaintext that arrived for plaintext accepted', () => {
    const { variant } = judge('IDN-01', CORRECT, answering(PLAINTEXT.key, [null, null, 'srv']));
    assert.match(variant ?? '', /plaintext accepted beside it/);
  });

  it('proves nothing when the plaintext twin is blind, or speaks TLS', () => {
    const blind = judge('IDN-01', CORRECT, answering(TWIN.key, ['stranger', null, 'stranger']));
    assert.deepEqual([blind.verdict, blind.variant], ['inconclusive', undefined]);
    assert.match(blind.reason, /plaintext twin did not answer/);
    const encrypted = judgeLines('IDN-01', CORRECT, beside(mutual, encryptedTwin));
    assert.equal(encrypted.verdict, 'inconclusive');
    assert.match(encrypted.reason, /twin presented a certificate/);
  });

  it('proves nothing without the handshake or the requests in plaintext', () => {
    const deaf = judgeLines('IDN-01', CORRECT, beside(plainTwin));
    assert.deepEqual([deaf.verdict, deaf.reason], ['inconclusive', 'no TLS handshake is on record']);
    for (const key of [PLAINTEXT.key, TWIN.key]) {
      const evidence = withoutLines(
        seen(caseOf('IDN-01'), CORRECT),
        (line) => line.kind === 'client' && line.cell === key,
      );
      assert.equal(caseOf('IDN-01').judge(evidence).verdict, 'inconclusive', key);
    }
  });

  it('never fails: without a listed client that gets through there is nothing to look at', () => {
    assert.equal(judge('IDN-01', DEFECTS['deny-all'] ?? CORRECT).verdict, 'inconclusive');
  });
});

describe('IDN-05 clients outside the mesh', () => {
  const record = caseOf('IDN-05');
  const at = (phase: string, path: string, answers: readonly (string | null)[]): Behaviour => ({
    cell: (where, cell) =>
      where.name === phase && cell.path === path && cell.from === 'stranger' ? answers : undefined,
  });
  /** The same evidence with refusals of one phase that nobody put into words. */
  const belowHttp = (phase: string) => {
    const { header, lines } = seen(record, CORRECT);
    return record.judge({
      header,
      lines: lines.map((line) => {
        if (line.kind !== 'client' || line.phase !== phase || line.ok) return line;
        const { status: _, ...rest } = line;
        return { ...rest, error: { code: 'ECONNRESET', message: 'reset' } };
      }),
    });
  };

  it('tells its readings apart, for each mode and path', () => {
    assert.equal(belowHttp('strict').variant, 'strict: refused at transport; permissive: refused by policy');
    assert.equal(
      judge('IDN-05', DEFECTS['plaintext-accepted'] ?? CORRECT).variant,
      'strict: allowed; permissive: allowed',
    );
    assert.equal(
      judge('IDN-05', CORRECT, at('permissive', '/listed', repeat('srv', 5))).variant,
      'strict: refused by policy; permissive: allowed on a path that a target names, refused by policy on a path that none names',
    );
    assert.match(
      judge('IDN-05', CORRECT, at('strict', '/listed', ['srv', null, null, null, null])).variant ?? '',
      /^strict: allowed or refused by policy on a path that a target names/,
    );
  });

  it('leaves out a mode that the mesh lacks', () => {
    const evidence = withoutLines(seen(record, CORRECT), (line) => 'phase' in line && line.phase === 'permissive');
    const { verdict, variant } = record.judge({
      ...evidence,
      lines: [
        ...evidence.lines,
        { kind: 'fact', phase: 'permissive', t: 0, name: 'left out', value: 'mtls:permissive' },
      ],
    });
    assert.deepEqual([verdict, variant], ['recorded', 'strict: refused by policy']);
  });

  it('proves nothing when the twin did not answer, or requests are missing', () => {
    const twin = judge('IDN-05', CORRECT, {
      cell: (_phase, cell) => (cell.to === 'stranger:8080' ? repeat(null, cell.count) : undefined),
    });
    assert.equal(twin.verdict, 'inconclusive');
    assert.match(twin.reason, /strict: the client outside the mesh did not reach its own server either/);
    const few = judge('IDN-05', CORRECT, at('strict', '/unlisted', [null, null]));
    assert.equal(few.verdict, 'inconclusive');
    assert.match(few.reason, /strict: not all requests in plaintext to \/unlisted are on record/);
  });
});
