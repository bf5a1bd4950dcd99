import assert from 'node:assert/strict';
import { createSeededRandom } from '../../../fixtures/agent/seeded-random.js';
import { leastPValue, rankSumTest, shiftBetween, superiority } from '../../../src/statistics/rank-sum.js';

const near = (value: number, truth: number, slack = 1e-12): void =>
  assert.ok(Math.abs(value - truth) <= slack, `${value} is not ${truth}`);

describe('statistics: rank sum', () => {
  it('counts the ways to deal the values out', () => {
    // Of C(6, 3) = 20 ways two are as far apart as these.
    near(rankSumTest([1, 2, 3], [4, 5, 6]), 2 / 20);
    near(rankSumTest([4, 5, 6], [1, 2, 3]), 2 / 20);
    near(rankSumTest([1, 2, 3, 4, 5, 6], [11, 12, 13, 14, 15, 16]), 2 / 924);
    near(rankSumTest([1, 4], [2, 3]), 1);
  });

  it('takes equal values as equal', () => {
    near(rankSumTest([1, 1, 1], [1, 1, 1]), 1);
    // Ranks 1½, 1½, 3 and 4: the two smallest come together in one of six ways, the two largest in another.
    near(rankSumTest([5, 5], [6, 7]), 2 / 6);
  });

  it('takes what was never reached as later than everything', () => {
    near(rankSumTest([1, 2, 3], [Infinity, Infinity, Infinity]), 2 / 20);
    near(rankSumTest([1, Infinity], [1, Infinity]), 1);
    assert.equal(shiftBetween([1, 2], [3, Infinity]), undefined);
  });

  it('has nothing to say of nothing', () => {
    near(rankSumTest([], [1]), 1);
    assert.equal(shiftBetween([], [1]), undefined);
  });

  it('counts large groups by the normal distribution, which says the same', () => {
    const random = createSeededRandom(3);
    const draw = (n: number, by: number): number[] => Array.from({ length: n }, () => random() + by);
    const [a, b] = [draw(50, 0), draw(50, 0.1)];
    // 2,500 pairs are counted out, 2,550 are not: one value more changes little.
    const [counted, approximated] = [rankSumTest(a, b), rankSumTest(a, [...b, 0.6])];
    assert.ok(Math.abs(counted - approximated) < 0.02, `${counted} and ${approximated}`);
    const [exact, near50] = [shiftBetween(a, b), shiftBetween(a, [...b, 0.6])];
    assert.ok(Math.abs((exact?.low ?? NaN) - (near50?.low ?? NaN)) < 0.02);
    assert.ok(Math.abs((exact?.high ?? NaN) - (near50?.high ?? NaN)) < 0.02);
    assert.ok(rankSumTest(draw(1_000, 0), draw(1_000, 1)) < 1e-10);
    near(rankSumTest(Array<number>(60).fill(1), Array<number>(60).fill(1)), 1);
  });

  it('knows what too few values could never show, and which group is larger', () => {
    near(leastPValue(6, 6), 2 / 924);
    near(leastPValue(1, 1), 1);
    near(superiority([1, 2], [3, 4]), 1);
    near(superiority([Infinity, Infinity], [Infinity, 1]), -0.5);
    near(superiority([], []), 0);
  });

  it('finds a shift, and an interval that is as wide as its coverage says', () => {
    const shift = shiftBetween([1, 2, 3, 4, 5, 6], [11, 12, 13, 14, 15, 16]);
    assert.equal(shift?.value, 10);
    // The tables have U = 5 for six and six: the sixth smallest and the sixth largest of 36 differences.
    assert.deepEqual([shift?.low, shift?.high], [7, 13]);
    near(shift?.confidence ?? 0, 0.9588744588744589, 1e-9);
  });

  it('rejects the truth no more often than it says, and its interval holds it as often as it says', () => {
    const random = createSeededRandom(7);
    const draw = (): number[] => Array.from({ length: 8 }, () => -Math.log(1 - random()));
    let rejected = 0;
    let missed = 0;
    const trials = 1_000;
    for (let trial = 0; trial < trials; trial += 1) {
      const [a, b] = [draw(), draw().map((value) => value + 0.5)];
      if (
        rankSumTest(
          a,
          b.map((value) => value - 0.5),
        ) < 0.05
      )
        rejected += 1;
      const { low = NaN, high = NaN } = shiftBetween(a, b) ?? {};
      if (!(low <= 0.5 && 0.5 <= high)) missed += 1;
    }
    // Four standard deviations of a share of 0.05 in a thousand trials.
    assert.ok(rejected / trials <= 0.05 + 4 * 0.0069, `${rejected} rejected`);
    assert.ok(missed / trials <= 0.05 + 4 * 0.0069, `${missed} missed`);
    assert.ok(rejected > 0 && missed > 0, 'a test that never errs has no power');
  });
});
