import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { GateLine } from '../../../src/evidence/records.js';
import { joinExchanges } from '../../../src/judge/exchanges.js';
import { decide, invalid, settleTrouble, unmet, type Finding } from '../../../src/judge/findings.js';
import { testZeroHits } from '../../../src/judge/statistics.js';
import { client, evidence, phase, PHASE } from './records.js';

const violation = (message: string): Finding => ({ kind: 'violation', message });
const gate = (rest: Partial<GateLine>): GateLine => ({
  kind: 'gate',
  phase: PHASE,
  t: 1,
  converged: true,
  deadlineMs: 5000,
  probes: 1,
  ...rest,
});
const judged = (control: boolean, line?: GateLine): Finding =>
  unmet(
    phase([], control ? { control: true } : {}),
    joinExchanges(evidence(...(line === undefined ? [] : [line]))),
    'came in',
  );

describe('judge/findings', () => {
  describe('unmet', () => {
    it('is a violation, with or without a gate that was passed', () => {
      assert.deepEqual(judged(false), violation('came in'));
      assert.deepEqual(judged(false, gate({})), violation('came in'));
    });

    it('stays a violation after the whole deadline, and says that the change had not shown', () => {
      assert.deepEqual(
        judged(false, gate({ converged: false })),
        violation('came in; the change had not shown after 5000 ms'),
      );
    });

    it('says when the deadline had been shortened', () => {
      assert.deepEqual(
        judged(false, gate({ converged: false, shortened: true, deadlineMs: 750 })),
        violation('came in; the change had not shown after 750 ms, as none before it within the full deadline'),
      );
    });

    it('proves nothing in a control phase', () => {
      assert.deepEqual(judged(true), invalid('the control did not flip: came in'));
      assert.deepEqual(
        judged(true, gate({ converged: false })),
        invalid('the control did not flip: came in; the change had not shown after 5000 ms'),
      );
    });
  });

  describe('decide', () => {
    it('passes without findings, in the words of the expectation', () => {
      assert.deepEqual(decide([], 'all is well'), { verdict: 'pass', reason: 'all is well' });
    });

    it('never lets a proven violation be masked by anything else', () => {
      const finding = fc.record({ kind: fc.constantFrom('violation', 'invalid', 'unstable'), message: fc.string() });
      fc.assert(
        fc.property(fc.array(finding, { maxLength: 6 }), (findings) => {
          const { verdict } = decide(findings, 'ok');
          const proven = findings.some(({ kind }) => kind !== 'invalid');
          assert.equal(verdict, proven ? 'fail' : findings.length > 0 ? 'inconclusive' : 'pass');
        }),
      );
    });

    it('names violations only, when there are any', () => {
      assert.equal(decide([invalid('no control'), violation('came in')], 'ok').reason, 'came in');
    });

    it('puts an answer that changes by itself first', () => {
      const { verdict, reason } = decide(
        [violation('came in'), { kind: 'unstable', message: 'now this, now that' }],
        'ok',
      );
      assert.deepEqual([verdict, reason], ['fail', 'non-deterministic: now this, now that']);
    });

    it('shows three findings and counts the rest', () => {
      assert.equal(decide(['a', 'b', 'c', 'd', 'e'].map(violation), 'ok').reason, 'a; b; c; and 2 more');
      assert.equal(decide(['a', 'b', 'c'].map(violation), 'ok').reason, 'a; b; c');
    });

    it('carries statistics along with every verdict', () => {
      const statistics = [testZeroHits('a', { hits: 0, n: 459 }, { rate: 0.01, power: 0.99 })];
      for (const findings of [[], [invalid('x')], [violation('x')], [{ kind: 'unstable', message: 'x' } as const]]) {
        assert.deepEqual(decide(findings, 'ok', statistics).statistics, statistics);
      }
      assert.equal('statistics' in decide([], 'ok'), false);
    });
  });

  it('settles trouble of the harness before any judge looks', () => {
    assert.equal(settleTrouble(evidence(client('a', 'q', true))), undefined);
    const line = { kind: 'trouble', phase: '', t: 1, verdict: 'unsupported', message: 'no UDP' } as const;
    assert.deepEqual(settleTrouble(evidence(client('a', 'q', true), line, { ...line, verdict: 'error' })), {
      verdict: 'unsupported',
      reason: 'no UDP',
    });
  });
});
