import assert from 'node:assert/strict';
import { EXIT } from '../../../src/errors/harness-error.js';
import { compareWithDeviations } from '../../../src/judge/deviations.js';
import { concludeAccepting } from '../../../src/judge/rollup.js';
import type { VerdictName } from '../../../src/judge/verdict.js';
import type { Deviation } from '../../../src/mesh/driver.js';

const listed = (id: string, verdict: Deviation['verdict'] = 'fail'): Deviation => ({
  case: id,
  verdict,
  what: 'does something else',
  evidence: 'seen in a run',
  version: '1',
});
const found = (id: string, verdict: VerdictName) => ({ id, area: 'access', verdict });

describe('judge/deviations', () => {
  it('tells seen, changed, gone and not-run apart', () => {
    const ids = ['ACC-01', 'ACC-02', 'ACC-03', 'ACC-04', 'ACC-05', 'ACC-06'];
    const cases = [
      found('ACC-01', 'fail'),
      found('ACC-02', 'inconclusive'),
      found('ACC-03', 'pass'),
      found('ACC-04', 'error'),
      found('ACC-05', 'recorded'),
    ];
    const { listed: states } = compareWithDeviations(
      cases,
      ids.map((id) => listed(id)),
    );
    assert.deepEqual(
      states.map(({ state }) => state),
      ['seen', 'changed', 'gone', 'not-run', 'gone', 'not-run'],
    );
  });

  it('names what failed or stayed open without being listed', () => {
    const cases = [found('ACC-01', 'fail'), found('ACC-02', 'inconclusive'), found('ACC-03', 'unsupported')];
    assert.deepEqual(compareWithDeviations(cases, [listed('ACC-01')]).unlisted, ['ACC-02']);
  });

  it('accepts what is listed and nothing else', () => {
    const accept = (verdicts: readonly [string, VerdictName][], deviations: readonly Deviation[]) => {
      const cases = verdicts.map(([id, verdict]) => found(id, verdict));
      return concludeAccepting(cases, compareWithDeviations(cases, deviations)).code;
    };
    const pass = ['ACC-09', 'pass'] as [string, VerdictName];
    assert.equal(accept([pass, ['ACC-01', 'fail']], [listed('ACC-01')]), EXIT.conformant);
    assert.equal(accept([pass, ['ACC-01', 'fail'], ['ACC-02', 'fail']], [listed('ACC-01')]), EXIT.violated);
    assert.equal(accept([pass, ['ACC-01', 'pass']], [listed('ACC-01')]), EXIT.inconclusive, 'gone');
    assert.equal(accept([pass, ['ACC-01', 'fail']], [listed('ACC-01', 'inconclusive')]), EXIT.violated, 'changed');
    assert.equal(accept([pass, ['ACC-01', 'error']], [listed('ACC-01')]), EXIT.harness);
    assert.equal(accept([['ACC-01', 'fail']], [listed('ACC-01')]), EXIT.inconclusive, 'nothing else was carried out');
  });
});
