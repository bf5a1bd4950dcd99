import assert from 'node:assert/strict';
import { createSeededRandom } from '../../../fixtures/agent/seeded-random.js';
import {
  decideShare,
  isDecided,
  planShare,
  planShares,
  plansOf,
  testShareSequentially,
  type SequentialPlan,
} from '../../../src/judge/sequential.js';
import { ALPHA, POWER, planRatio } from '../../../src/judge/statistics.js';

const at = (plan: SequentialPlan, share: number, n: number) => decideShare(plan, { hits: Math.round(share * n), n });

describe('judge/sequential', () => {
  const plan = planShare({ p0: 0.5, delta: 0.05 });

  it('asks at most a ninth more than the fixed test of the same error rates', () => {
    const { n } = planRatio({ p0: 0.5, delta: 0.05 });
    assert.deepEqual([plan.alpha, plan.power], [ALPHA, POWER]);
    assert.ok(plan.n > n && plan.n < 1.12 * n, `${plan.n} beside ${n}`);
  });

  it('draws on, then accepts what is declared and rejects what is delta off, long before the planned n', () => {
    assert.equal(at(plan, 0.5, 200), 'draw-on');
    assert.equal(at(plan, 0.5, plan.n / 3), 'accept');
    for (const share of [0.35, 0.65]) assert.equal(at(plan, share, 700), 'reject');
    for (const share of [0.45, 0.55]) assert.equal(at(plan, share, plan.n), 'reject');
  });

  it('leaves what lies between to the exact test at the planned n', () => {
    assert.equal(at(plan, 0.525, plan.n - 10), 'draw-on');
    assert.equal(at(plan, 0.525, plan.n), 'accept');
  });

  it('keeps its error rates, in eighths of n and far below it on average', () => {
    const loose: SequentialPlan = {
      p0: 0.7,
      delta: 0.1,
      n: planRatio({ p0: 0.7, delta: 0.1, alpha: 0.02, power: 0.95 }).n,
      alpha: 0.04,
      power: 0.9,
    };
    const random = createSeededRandom(7);
    const runs = 3_000;
    const rejections = (truth: number): { readonly share: number; readonly meanN: number } => {
      let [rejected, draws] = [0, 0];
      for (let run = 0; run < runs; run += 1) {
        const counts = { hits: 0, n: 0 };
        let decision = decideShare(loose, counts);
        while (decision === 'draw-on') {
          for (let i = 0; i < Math.ceil(loose.n / 8) && counts.n < loose.n; i += 1) {
            counts.n += 1;
            if (random() < truth) counts.hits += 1;
          }
          decision = decideShare(loose, counts);
        }
        if (decision === 'reject') rejected += 1;
        draws += counts.n;
      }
      return { share: rejected / runs, meanN: draws / runs };
    };
    const declared = rejections(0.7);
    // Three standard errors of 3,000 runs beside each bound.
    assert.ok(declared.share <= 0.04 + 0.011, `false alarms ${declared.share}`);
    assert.ok(declared.meanN < 0.7 * loose.n, `${declared.meanN} of ${loose.n}`);
    for (const off of [0.6, 0.8]) assert.ok(rejections(off).share >= 0.9 - 0.017, `power at ${off}`);
  });

  it('says nothing while it has not decided, and both counts and level once it has', () => {
    assert.equal(testShareSequentially('v1', { hits: 100, n: 200 }, plan), undefined);
    const statistic = testShareSequentially('v1', { hits: 1_000, n: 2_000 }, plan);
    assert.deepEqual(
      [statistic?.test, statistic?.n, statistic?.observed, statistic?.alpha, statistic?.rejected],
      ['sequential', 2_000, { v1: 0.5 }, ALPHA, false],
    );
    assert.equal(testShareSequentially('v1', { hits: 700, n: 2_000 }, plan)?.rejected, true);
  });

  it('plans one test for two shares, one each for more with a part of alpha, none where there is nothing to share', () => {
    const plans = (shares: Record<string, number>) => planShares(shares, 0.05);
    assert.deepEqual(
      plans({ v1: 0.9, v2: 0.1 }).map(({ backend, alpha }) => [backend, alpha]),
      [['v1', ALPHA]],
    );
    const three = plans({ v1: 0.5, v2: 0.25, v3: 0.25, v4: 0 });
    assert.deepEqual(
      three.map(({ backend, p0, alpha }) => [backend, p0, alpha]),
      [
        ['v1', 0.5, ALPHA / 3],
        ['v2', 0.25, ALPHA / 3],
        ['v3', 0.25, ALPHA / 3],
      ],
    );
    assert.deepEqual(plans({ v1: 1, v2: 0 }), []);
    assert.deepEqual(plansOf({ expect: { kind: 'only', backends: ['v1'] }, n: 100 }), []);
  });

  it('ends a sample of several shares when one is rejected, or once all are accepted', () => {
    const shares = { v1: 1 / 3, v2: 1 / 3, v3: 1 / 3 };
    const sample = { expect: { kind: 'shares', shares, delta: 0.08, power: POWER }, n: 3_000 } as const;
    const after = (n: number, ...[v1, v2, v3]: readonly [number, number, number]) =>
      isDecided(sample, { n, hits: (backend) => Math.round(n * ({ v1, v2, v3 }[backend] ?? 0)) });
    assert.equal(after(300, 0.33, 0.33, 0.34), false);
    assert.equal(after(1_500, 0.33, 0.33, 0.34), true);
    assert.equal(after(600, 0.5, 0.25, 0.25), true);
    // Neither as declared nor clearly off: the planned n decides.
    assert.equal(after(1_500, 0.333, 0.375, 0.292), false);
    assert.equal(after(3_000, 0.333, 0.375, 0.292), true);
  });
});
