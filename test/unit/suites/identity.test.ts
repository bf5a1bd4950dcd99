import assert from 'node:assert/strict';
import { identityCases } from '../../../suites/identity/index.js';
import type { Cell } from '../../../src/cases/case.js';
import { proveCase } from './case-proofs.js';
import {
  caseOf,
  CLIENT_ID,
  encryptedTwin,
  handshake,
  HANDSHAKE,
  inherited,
  judge,
  judgeLines,
  KEPT,
  mutual,
  noTls,
  oneSided,
  PLAINTEXT,
  plainTwin,
  rotations,
  ROTATIONS,
  seen,
  SERVER_ID,
  STREAM,
  TWIN,
  withPresented,
} from './identity-evidence.js';
import { CORRECT, DEFECTS } from './specs-mesh.js';
import { repeat, withLines, withoutClients, withoutLines, type Behaviour } from './synthetic.js';

const MUTUAL = `mTLS, plaintext refused: TLSv1.3, the server is ${SERVER_ID}`;

describe('suites/identity', () => {
  it('lists its cases once each, by id, with what a report needs', () => {
    assert.deepEqual(
      identityCases.map(({ id }) => id),
      ['IDN-01', 'IDN-02', 'IDN-03', 'IDN-04', 'IDN-06'],
    );
    for (const { id, class: grade, variants, catches, spec } of identityCases) {
      assert.equal(grade === 'A', variants !== undefined, `${id} has a closed list of readings`);
      assert.equal(catches.length > 0, grade !== 'A', id);
      assert.ok(spec.phrase.length >= 8, id);
    }
  });

  for (const record of identityCases) {
    describe(`${record.id} ${record.title}`, () => proveCase(record, seen, MUTUAL));
  }
});

describe('IDN-01 what protects a connection', () => {
  const plain = DEFECTS['plaintext-accepted'] ?? CORRECT;
  const answering = (key: string, answers: readonly (string | null)[]): Behaviour => ({
    cell: (_phase, cell: Cell) => (cell.key === key ? answers : undefined),
  });

  it('tells its readings apart, each with and without plaintext beside it', () => {
    const variant = (mesh: typeof CORRECT, tls: typeof mutual): string | undefined => {
      const verdict = judgeLines('IDN-01', mesh, [...tls, ...plainTwin]);
      assert.equal(verdict.verdict, 'recorded', verdict.reason);
      return verdict.variant;
    };
    const rest = `TLSv1.3, the server is ${SERVER_ID}`;
    assert.equal(variant(CORRECT, mutual), `mTLS, plaintext refused: ${rest}`);
    assert.equal(variant(plain, mutual), `mTLS, plaintext accepted beside it: ${rest}`);
    assert.equal(variant(CORRECT, oneSided), `server-only TLS, plaintext refused: ${rest}`);
    assert.equal(variant(plain, oneSided), `server-only TLS, plaintext accepted beside it: ${rest}`);
    assert.equal(variant(plain, noTls), 'plaintext');
    assert.equal(variant(CORRECT, noTls), 'other: neither plaintext nor TLS is answered');
    const nameless = handshake(HANDSHAKE, { handshake: 'completed', peerCertificatePem: 'a certificate' });
    assert.equal(variant(CORRECT, nameless), 'server-only TLS, plaintext refused: TLS, the server is unnamed');
  });

  it('names the listed client, not who passed the gate', () => {
    const { lines, header } = seen(caseOf('IDN-01'), CORRECT);
    const gate = lines.flatMap((line) =>
      line.kind === 'server' ? [{ ...line, id: `gate/${line.id}`, phase: 'c1 listed (gate)' }] : [],
    );
    const told = withPresented({ header, lines: [...gate, ...lines] }, (phase) =>
      phase.endsWith('(gate)') ? 'spiffe://paper/ns/ns1/sa/witness' : CLIENT_ID,
    );
    assert.equal(caseOf('IDN-01').judge(told).variant, `${MUTUAL}; the client presented ${CLIENT_ID}`);
  });

  it('takes one request in plaintext that arrived for plaintext accepted', () => {
    const { variant } = judge('IDN-01', CORRECT, answering(PLAINTEXT.key, [null, null, 'srv']));
    assert.match(variant ?? '', /plaintext accepted beside it/);
  });

  it('proves nothing when the plaintext twin is blind, or speaks TLS', () => {
    const blind = judge('IDN-01', CORRECT, answering(TWIN.key, ['stranger', null, 'stranger']));
    assert.deepEqual([blind.verdict, blind.variant], ['inconclusive', undefined]);
    assert.match(blind.reason, /plaintext twin did not answer/);
    const encrypted = judgeLines('IDN-01', CORRECT, [...mutual, ...encryptedTwin]);
    assert.equal(encrypted.verdict, 'inconclusive');
    assert.match(encrypted.reason, /twin presented a certificate/);
  });

  it('proves nothing without the handshake or the requests in plaintext', () => {
    const deaf = judgeLines('IDN-01', CORRECT, plainTwin);
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

describe('IDN-02 spoofed headers', () => {
  it('fails a mesh that believes any one of them', () => {
    const record = caseOf('IDN-02');
    const claims = (record.phases ?? [])
      .flatMap(({ cells = [] }) => cells)
      .filter(({ headers }) => headers?.length === 1);
    assert.equal(claims.length, 5);
    for (const { key, headers, count } of claims) {
      const { verdict, reason } = judge('IDN-02', CORRECT, {
        cell: (_phase, cell) => (cell.key === key ? repeat('srv', count) : undefined),
      });
      assert.equal(verdict, 'fail', key);
      assert.ok(reason.includes(headers?.[0]?.[0] ?? '?'), reason);
    }
  });
});

describe('IDN-03 and IDN-04, identities that move', () => {
  it('IDN-03 fails a mesh that knows a pod by its address', () => {
    const byAddress = { ...CORRECT, accountOf: (_phase: unknown, pod: string) => (pod === 'heir' ? 'c1' : pod) };
    const { verdict, reason } = judge('IDN-03', byAddress);
    assert.equal(verdict, 'fail');
    assert.match(reason, /address inherited by c2: heir → srv:8080 GET \/: expected DENY, 20 of 20 reached srv/);
  });

  it('IDN-03 fails when only the first request of the heir is let in', () => {
    const { verdict } = judge('IDN-03', CORRECT, {
      cell: (_phase, cell) =>
        cell.from === 'heir' && cell.expect === 'deny' ? ['srv', ...repeat(null, cell.count - 1)] : undefined,
    });
    assert.equal(verdict, 'fail');
  });

  it('IDN-03 proves nothing when the address did not change hands', () => {
    for (const beside of [[], [inherited(false)]]) {
      const { verdict, reason } = judgeLines('IDN-03', CORRECT, beside);
      assert.deepEqual([verdict, reason], ['inconclusive', 'the new pod did not get the address of the old one']);
    }
  });

  it('IDN-04 fails a mesh that knows a workload by its name', () => {
    const byName = { ...CORRECT, accountOf: (_phase: unknown, pod: string) => (pod === 'client' ? 'c1' : pod) };
    const { verdict, reason } = judge('IDN-04', byName);
    assert.equal(verdict, 'fail');
    assert.match(reason, /rolled out as c2: client → srv:8080/);
  });

  it('IDN-04 proves nothing when rolling back does not help', () => {
    const frozen = {
      ...CORRECT,
      accountOf: ({ name }: { name: string }, pod: string) =>
        pod === 'client' ? (name === 'runs as c1' ? 'c1' : 'c2') : pod,
    };
    const { verdict, reason } = judge('IDN-04', frozen);
    assert.equal(verdict, 'inconclusive');
    assert.match(reason, /the control did not flip: rolled back to c1/);
  });
});

describe('IDN-06 while certificates rotate', () => {
  const during = (name: string, from: string, answers: readonly (string | null)[]): Behaviour => ({
    cell: (phase, cell) => (phase.name === name && cell.from === from ? answers : undefined),
  });
  const lostOne = [...repeat('srv', 30), null, ...repeat('srv', 29)];

  it('fails on one lost request, over new and over kept connections', () => {
    for (const name of [STREAM, KEPT]) {
      const { verdict, reason } = judge('IDN-06', CORRECT, during(name, 'c1', lostOne));
      assert.equal(verdict, 'fail', name);
      assert.equal(reason, '1 of 120 requests of the listed source failed during 3 rotations');
    }
  });

  it('fails when the other client is let in even once', () => {
    const { verdict, reason } = judge('IDN-06', CORRECT, during(STREAM, 'c2', [...repeat(null, 29), 'srv']));
    assert.deepEqual([verdict, reason], ['fail', 'c2, not listed, was let in 1 times during the rotations']);
  });

  it('tells how many errors there were', () => {
    assert.equal(judge('IDN-06', CORRECT).variant, '0 errors in 3 rotations');
  });

  it('proves nothing with too few requests of either client', () => {
    const evidence = seen(caseOf('IDN-06'), CORRECT);
    const few: Behaviour = {
      cell: (phase, cell) => (phase.name.startsWith(STREAM) && cell.from === 'c1' ? repeat('srv', 24) : undefined),
    };
    assert.match(judge('IDN-06', CORRECT, few).reason, /only 48 requests of the listed source/);
    for (const verdict of [
      judge('IDN-06', CORRECT, few),
      judge('IDN-06', CORRECT, during(STREAM, 'c2', repeat(null, 9))),
      caseOf('IDN-06').judge(withoutClients(evidence, STREAM)),
    ])
      assert.equal(verdict.verdict, 'inconclusive', verdict.reason);
  });

  it('proves nothing when the certificates were not rotated', () => {
    const { verdict, reason } = judgeLines('IDN-06', CORRECT, rotations(ROTATIONS - 1));
    assert.deepEqual([verdict, reason], ['inconclusive', 'only 2 of 3 rotations are on record']);
    const more = withLines(seen(caseOf('IDN-06'), CORRECT), rotations(1));
    assert.equal(caseOf('IDN-06').judge(more).verdict, 'pass');
  });
});
