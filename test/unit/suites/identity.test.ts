import assert from 'node:assert/strict';
import { identityCases } from '../../../suites/identity/index.js';
import { proveCase } from './case-proofs.js';
import {
  caseOf,
  FACTS_IN_WORDS,
  GENUINE,
  IDENTITY_DEFECTS,
  inherited,
  judge,
  judgeLines,
  KEPT,
  knock,
  rotations,
  ROTATIONS,
  seen,
  serials,
  SERVER_ID,
  STREAM,
} from './identity-evidence.js';
import { CORRECT, DEFECTS } from './specs-mesh.js';
import { fact, repeat, withLines, withoutClients, withoutLines, type Behaviour } from './synthetic.js';

const MUTUAL = `mTLS, plaintext refused, TLS records and nothing legible on the wire: TLSv1.3 alone; the server is ${SERVER_ID}; ${FACTS_IN_WORDS}`;
const READINGS: Readonly<Record<string, string>> = {
  'IDN-01': MUTUAL,
  // On paper every refusal is an answer of 403.
  'IDN-05': 'strict: refused by policy; permissive: refused by policy',
};

describe('suites/identity', () => {
  it('lists its cases once each, by id, with what a report needs', () => {
    assert.deepEqual(
      identityCases.map(({ id }) => id),
      ['IDN-01', 'IDN-02', 'IDN-03', 'IDN-04', 'IDN-05', 'IDN-06', 'IDN-07'],
    );
    for (const { id, class: grade, variants, catches, spec } of identityCases) {
      assert.equal(grade === 'A', variants !== undefined, `${id} has a closed list of readings`);
      assert.equal(catches.length > 0, grade !== 'A', id);
      assert.ok(spec.phrase.length >= 8, id);
    }
  });

  // IDN-07 is about objects that no mesh on paper reads.
  for (const record of identityCases.filter(({ id }) => id !== 'IDN-07')) {
    describe(`${record.id} ${record.title}`, () =>
      proveCase(record, seen, READINGS[record.id], { ...DEFECTS, ...IDENTITY_DEFECTS }));
  }
});

describe('IDN-02 what a client says of itself', () => {
  const record = caseOf('IDN-02');

  it('fails a mesh that believes any one of the headers', () => {
    const claims = (record.phases ?? [])
      .flatMap(({ cells = [] }) => cells)
      .filter(({ headers }) => headers?.length === 1);
    assert.equal(claims.length, 9);
    for (const { key, headers, count } of claims) {
      const { verdict, reason } = judge('IDN-02', CORRECT, {
        cell: (_phase, cell) => (cell.key === key ? repeat('srv', count) : undefined),
      });
      assert.equal(verdict, 'fail', key);
      assert.ok(reason.includes(headers?.[0]?.[0] ?? '?'), reason);
    }
  });

  it('fails a mesh that takes an impostor over TLS for c1, and says which', () => {
    for (const [cell, what] of [
      ['TLS without a certificate', 'no certificate'],
      ['TLS with a certificate of another authority', 'a certificate of another authority'],
      ['TLS with an expired certificate', 'an expired certificate of the mesh'],
    ] as const) {
      const { verdict, reason } = judge('IDN-02', { ...CORRECT, deceivedBy: [cell] });
      assert.deepEqual(
        [verdict, reason],
        ['fail', `a client outside the mesh that claims to be c1 got in with ${what}`],
      );
    }
    assert.equal(
      judge('IDN-02', CORRECT).variant,
      'over TLS refused: no certificate, a certificate of another authority, an expired certificate of the mesh',
    );
  });

  it('proves nothing without the handshakes, or where not even a valid certificate gets in', () => {
    const silent = judgeLines('IDN-02', CORRECT, []);
    assert.equal(silent.verdict, 'inconclusive');
    assert.match(silent.reason, /no handshake with no certificate is on record/);
    const deaf = withoutLines(seen(record, CORRECT), (line) => 'id' in line && line.id.includes(GENUINE));
    const { verdict, reason } = record.judge(withLines(deaf, knock(GENUINE, false)));
    assert.equal(verdict, 'inconclusive');
    assert.match(reason, /a valid certificate of the mesh was not let in either/);
  });

  it('leaves out the certificates that the mesh signs for nobody, and says what was tried', () => {
    const phase = 'c2 claims to be c1';
    const unsigned = ['TLS with an expired certificate', GENUINE];
    const evidence = withoutLines(
      seen(record, CORRECT),
      (line) => line.kind === 'client' && unsigned.includes(line.cell),
    );
    const told = withLines(
      evidence,
      unsigned.map((cell) => fact(phase, 'certificate not to be had', cell)),
    );
    const { verdict, variant } = record.judge(told);
    assert.deepEqual(
      [verdict, variant],
      ['pass', 'over TLS refused: no certificate, a certificate of another authority'],
    );
    assert.equal(record.judge(evidence).verdict, 'inconclusive');
  });

  it('proves nothing when the split is not followed, and does without it where there are none', () => {
    const { verdict, reason } = judge('IDN-02', CORRECT, {
      cell: (_phase, cell) => (cell.to === 'duo:8080' ? repeat(null, cell.count) : undefined),
    });
    assert.deepEqual([verdict, reason], ['inconclusive', 'c1 reached srv through the split 0 of 20 times']);
    const leaf = 'srv is a leaf of a split';
    const without = withLines(
      withoutLines(seen(record, CORRECT), (line) => 'phase' in line && line.phase === leaf),
      [fact(leaf, 'left out', 'kind:TrafficSplit')],
    );
    assert.match(record.judge(without).reason, /left out: srv is a leaf of a split, for want of kind:TrafficSplit/);
  });

  it('fails a mesh that forgets who calls when a split has chosen', () => {
    const { verdict, reason } = judge('IDN-02', CORRECT, {
      cell: (phase, cell) =>
        phase.name === 'srv is a leaf of a split' && cell.from === 'c2' ? repeat('srv', cell.count) : undefined,
    });
    assert.equal(verdict, 'fail');
    assert.match(reason, /srv is a leaf of a split: c2 → duo:8080/);
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
    const shown = serials('A', 'B', 'C', 'D');
    const { verdict, reason } = judgeLines('IDN-06', CORRECT, [...rotations(ROTATIONS - 1), ...shown]);
    assert.deepEqual([verdict, reason], ['inconclusive', 'only 2 of 3 rotations are on record']);
    const more = withLines(seen(caseOf('IDN-06'), CORRECT), rotations(1));
    assert.equal(caseOf('IDN-06').judge(more).verdict, 'pass');
  });

  it('proves nothing when a certificate was shown twice, or not seen', () => {
    for (const shown of [serials('A', 'B', 'B', 'C'), serials('A', 'B', 'C')]) {
      const { verdict, reason } = judgeLines('IDN-06', CORRECT, [...rotations(ROTATIONS), ...shown]);
      assert.deepEqual([verdict, reason], ['inconclusive', 'the server showed 3 certificates, 4 were expected']);
    }
  });
});
