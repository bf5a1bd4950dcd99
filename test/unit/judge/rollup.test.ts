import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EXIT } from '../../../src/errors/harness-error.js';
import { conclude, summarise } from '../../../src/judge/rollup.js';
import { VERDICTS, type VerdictName } from '../../../src/judge/verdict.js';

const cases = (...verdicts: readonly VerdictName[]) => verdicts.map((verdict) => ({ area: 'access', verdict }));
const codeOf = (...verdicts: readonly VerdictName[]): number => conclude(cases(...verdicts)).code;
const anyCases = fc.array(
  fc.record({ area: fc.constantFrom('access', 'specs', 'split'), verdict: fc.constantFrom(...VERDICTS) }),
);

describe('judge/rollup', () => {
  it('counts every verdict, also those that did not occur', () => {
    assert.deepEqual(summarise(['pass', 'fail', 'pass']), {
      pass: 2,
      fail: 1,
      recorded: 0,
      error: 0,
      inconclusive: 0,
      unsupported: 0,
      excluded: 0,
    });
    fc.assert(
      fc.property(anyCases, (all) =>
        assert.equal(
          Object.values(summarise(all.map(({ verdict }) => verdict))).reduce((a, b) => a + b, 0),
          all.length,
        ),
      ),
    );
  });

  it('ranks violation above trouble above doubt', () => {
    assert.equal(codeOf('pass', 'inconclusive', 'error', 'fail'), EXIT.violated);
    assert.equal(codeOf('pass', 'inconclusive', 'error'), EXIT.harness);
    assert.equal(codeOf('pass', 'inconclusive'), EXIT.inconclusive);
    assert.equal(codeOf('pass', 'recorded'), EXIT.conformant);
    assert.equal(codeOf('recorded'), EXIT.conformant);
  });

  it('never calls nothing a success', () => {
    for (const verdicts of [[], ['unsupported'], ['excluded', 'unsupported']] as const) {
      assert.deepEqual(conclude(cases(...verdicts)), { code: EXIT.inconclusive, reason: 'no case was carried out' });
    }
  });

  it('keeps an area of which nothing could be run from being called conformant', () => {
    const all = [
      ...cases('pass', 'unsupported'),
      { area: 'split', verdict: 'unsupported' },
      { area: 'metrics', verdict: 'excluded' },
    ] as const;
    assert.deepEqual(conclude(all), {
      code: EXIT.inconclusive,
      reason: 'nothing of split, metrics could be tested on this mesh',
    });
  });

  it('keeps what an interruption does not change: it is never conformant', () => {
    assert.equal(conclude(cases('pass'), true).code, EXIT.interrupted);
  });

  it('is conformant only if nothing failed and every area has something to show; adding a violation always shows', () => {
    fc.assert(
      fc.property(anyCases, (all) => {
        const { code } = conclude(all);
        if (code === EXIT.conformant) {
          assert.ok(all.every(({ verdict }) => ['pass', 'recorded', 'unsupported', 'excluded'].includes(verdict)));
          for (const { area } of all)
            assert.ok(all.some((one) => one.area === area && ['pass', 'recorded'].includes(one.verdict)));
        }
        assert.equal(conclude([...all, { area: 'access', verdict: 'fail' }]).code, EXIT.violated);
      }),
    );
  });

  it('words one and many', () => {
    assert.equal(conclude(cases('fail')).reason, 'the specification is violated in 1 case');
    assert.equal(conclude(cases('fail', 'fail')).reason, 'the specification is violated in 2 cases');
    assert.equal(conclude(cases('inconclusive')).reason, 'nothing is proven either way in 1 case');
  });
});
