/** A record that cannot prove anything is refused when it is loaded, with what to change; one that can says what it finds. */
import assert from 'node:assert/strict';
import type { Phase, Sample } from '../../../src/cases/case.js';
import { defineCase, type CaseDraft } from '../../../src/cases/define.js';
import { all, allow, deny, observe, only, present, shares } from '../../../src/cases/questions.js';
import { HarnessError } from '../../../src/errors/harness-error.js';

const groups = { v1: ['p1'], v2: ['p2'] };
const draft = (phase: Partial<Phase>, rest: Partial<CaseDraft> = {}): CaseDraft => ({
  id: 'SPL-01',
  class: 'M',
  area: 'split',
  title: 'a title',
  spec: { ref: 'traffic-split', phrase: 'a phrase' },
  fixture: 'split',
  setup: 'a set-up',
  expectation: 'an expectation',
  control: 'a control',
  phases: [{ name: 'first', objects: [], ...phase }],
  ...rest,
});

function refusal(...parts: Parameters<typeof draft>): string {
  try {
    defineCase(draft(...parts));
  } catch (error) {
    assert.ok(error instanceof HarnessError);
    assert.equal(error.code, 'E_CASE_INVALID');
    return `${error.message}; ${error.hint}`;
  }
  return 'not refused';
}

const smaller = (sample: Sample): Sample => ({ ...sample, n: sample.n - 1 });

describe('cases: a record', () => {
  it('is refused without a control, without anything to do, and with names that occur twice', () => {
    assert.match(refusal({}, { control: ' ' }), /names no control/);
    assert.match(refusal({}, { phases: undefined as never }), /neither phases nor a run/);
    assert.match(refusal({ cells: [allow('c1', 's:80'), allow('c1', 's:80')] }), /asks .* twice/);
    assert.match(refusal({}, { id: 'SPL-1' }), /not of the form/);
  });

  it('is refused when a question is asked no time at all', () => {
    assert.match(refusal({ cells: [deny('c1', 's:80', { count: 0 })] }), /0 times; ask at least once/);
  });

  it('is refused when n is too small for alpha and power, with the n that would do', () => {
    const plans = [
      shares('root:80', { v1: 90, v2: 10 }, { groups }),
      all('root:80', ['v1', 'v2'], { groups }),
      present('root:80', 'v2', 0.01, { groups }),
      only('root:80', ['v1'], { groups, n: 90 }),
    ];
    for (const plan of plans) {
      defineCase(draft({ samples: [plan] }));
      const message = refusal({ samples: [smaller(plan)] });
      assert.match(message, new RegExp(`n = ${plan.n - 1} is too small .*it takes ${plan.n} at least`));
    }
  });

  it('says the smallest deviation that it finds; controls and mere observations find nothing', () => {
    const { plan } = defineCase(
      draft({
        cells: [allow('c1', 's:80'), deny('c2', 's:80'), deny('c3', 's:80'), observe('c4', 's:80')],
        samples: [
          shares('root:80', { v1: 1, v2: 1 }, { groups, delta: 0.1 }),
          only('root:80', ['v1'], { groups, key: 'zero' }),
        ],
      }),
    );
    assert.deepEqual(plan.finds, [
      'a refusal of 60 % of 5 requests',
      'a leak of 21 % of 20 requests',
      'a share off by 10 points, in at most 1440 requests',
      '1 % of 459 requests going elsewhere',
    ]);
    assert.deepEqual(defineCase(draft({ control: true, cells: [allow('c1', 's:80')] })).plan.finds, []);
  });
});
