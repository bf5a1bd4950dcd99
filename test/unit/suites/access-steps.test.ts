/** The judges of access cases that do more than go through phases: scaling, and targets beside a split. */
import assert from 'node:assert/strict';
import type { EvidenceLine } from '../../../src/evidence/records.js';
import { caseOf, judge, seen } from './access-evidence.js';
import { CLIENTS, GROWING, GROWN, growing, IN_FORCE, met, SERVERS, started } from './access-steps.js';
import { CORRECT, evidenceFrom } from './specs-mesh.js';
import { repeat, withLines, withoutClients, type Answer } from './synthetic.js';

describe('ACC-32 of an identity that grows', () => {
  const record = caseOf('ACC-32');
  const everybody = met(() => SERVERS);
  const quiet = [...growing('c1', repeat('srv', 60)), ...growing('c2', repeat(null, 60))];
  const told = (lines: readonly EvidenceLine[]) => record.judge(withLines(evidenceFrom(record, CORRECT), lines));

  it('passes once every client has met every server, and tells how late the new ones were', () => {
    const { verdict, variant } = told([...started(), ...everybody, ...quiet]);
    assert.equal(verdict, 'pass');
    assert.match(
      variant ?? '',
      /a new client is let in after \d+ ms at most, a new server answers after \d+ ms; 0 of 60/,
    );
  });

  it('proves nothing about a pair that never met', () => {
    const { verdict, reason } = told([
      ...started(),
      ...met((client) => (client === 'c1-3' ? SERVERS.filter((server) => server !== 'srv-5') : SERVERS)),
      ...quiet,
    ]);
    assert.deepEqual([verdict, reason], ['inconclusive', 'of 25 pairs these never met: c1-3 → srv-5']);
  });

  it('counts a pair by who logged the request, not by what the client saw', () => {
    const lines = everybody.map((line) =>
      line.kind === 'client' && line.pod === 'c1-2' ? { ...line, ok: false } : line,
    );
    assert.equal(told([...started(), ...lines, ...quiet]).verdict, 'inconclusive');
  });

  it('fails when one of the five servers refuses a client of the account', () => {
    const { verdict, reason } = judge('ACC-32', CORRECT, {
      cell: ({ name }, cell) =>
        name === GROWN && cell.from === 'c1-4' ? [null, ...repeat('srv', cell.count - 1)] : undefined,
    });
    assert.equal(verdict, 'fail');
    assert.match(reason, /five pods each: c1-4 → srv:8080 GET \/: expected ALLOW, 1 of 20 were refused/);
  });

  it('fails when the client that is not listed gets in while pods start, even once', () => {
    const leak: Answer[] = [...repeat(null, 30), 'srv-4', ...repeat(null, 29)];
    const { verdict, reason } = told([
      ...started(),
      ...everybody,
      ...growing('c1', repeat('srv', 60)),
      ...growing('c2', leak),
    ]);
    assert.deepEqual([verdict, reason], ['fail', 'c2, not listed, was let in 1 times while pods started']);
  });

  it('counts what the listed client loses meanwhile, without judging it', () => {
    const lossy = [...growing('c1', [...repeat(null, 3), ...repeat('srv', 57)]), ...growing('c2', repeat(null, 60))];
    const { verdict, variant } = told([...started(), ...everybody, ...lossy]);
    assert.equal(verdict, 'pass');
    assert.match(variant ?? '', /3 of 60 requests of c1 failed while pods started/);
  });

  it('proves nothing without its pods, its pairs or its streams', () => {
    const whole = [...started(), ...everybody, ...quiet];
    assert.equal(told(whole).verdict, 'pass');
    assert.match(told([...started([...CLIENTS, 'srv-2']), ...everybody, ...quiet]).reason, /only 5 pods were started/);
    assert.match(told([...started(), ...quiet]).reason, /who reaches whom is not on record/);
    assert.match(told([...started(), ...everybody]).reason, /hardly anything was asked while pods started/);
    for (const phase of [`${GROWN} (waiting)`, GROWING, GROWN])
      assert.equal(record.judge(withoutClients(seen(record, CORRECT), phase)).verdict, 'inconclusive', phase);
  });
});

describe('ACC-38 beside a split', () => {
  const inForce = (answers: readonly Answer[]) =>
    judge('ACC-38', CORRECT, {
      cell: ({ name }, { key }) => (name === 'all to quiet' && key === IN_FORCE.key ? answers : undefined),
    });

  it('proves nothing about splits where there is none', () => {
    const { verdict, reason } = inForce([...repeat('quiet', 12), ...repeat('srv', 8)]);
    assert.equal(verdict, 'inconclusive');
    assert.match(reason, /all to quiet: the split was not in force: 8 of 20 requests to the root reached another pod/);
  });

  it('proves nothing when nobody knows who answered', () => {
    const record = caseOf('ACC-38');
    const { verdict, reason } = record.judge(evidenceFrom(record, CORRECT));
    assert.equal(verdict, 'inconclusive');
    assert.match(reason, /all to srv: who answers the root is not on record/);
  });

  it('fails when the split lets somebody in, on the root or on a backend', () => {
    for (const to of ['duo:8080', 'quiet:8080']) {
      const { verdict, reason } = judge('ACC-38', CORRECT, {
        cell: ({ name }, cell) =>
          name === 'all to quiet' && cell.from === 'c2' && cell.to === to
            ? [...repeat(null, cell.count - 1), 'quiet']
            : undefined,
      });
      assert.equal(verdict, 'fail');
      assert.match(reason, new RegExp(`all to quiet: c2 → ${to} GET /: expected DENY, 1 of 20 reached quiet`));
    }
  });
});
