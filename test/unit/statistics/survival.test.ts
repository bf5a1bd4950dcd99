import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  estimateSurvival,
  kaplanMeier,
  medianInterval,
  quantileOf,
  turnbull,
  type TimeInterval,
} from '../../../src/statistics/survival.js';

const point = (at: number): TimeInterval => ({ low: at, high: at });
const censored = (at: number): TimeInterval => ({ low: at, high: Infinity });
const near = (actual: number | undefined, expected: number, epsilon = 1e-6): void =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= epsilon, `${actual} is not ${expected}`);

describe('survival', () => {
  it('Kaplan–Meier: the product of what is left, censored times at risk until they leave', () => {
    // Freireich's remission times under 6-MP, as in every textbook.
    const times = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(point);
    const left = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(censored);
    const { steps, n, censored: open } = kaplanMeier([...times, ...left]);
    assert.deepEqual([n, open], [21, 12]);
    const expected = [
      [6, 0.857],
      [7, 0.807],
      [10, 0.753],
      [13, 0.69],
      [16, 0.627],
      [22, 0.538],
      [23, 0.448],
    ];
    assert.deepEqual(
      steps.map(({ to, survival }) => [to, Number(survival.toFixed(3))]),
      expected,
    );
    assert.equal(quantileOf(kaplanMeier([...times, ...left]), 0.5), 23);
    assert.equal(quantileOf(kaplanMeier([...times, ...left]), 0.9), undefined, 'never seen to happen');
  });

  it('the median of an even number without censoring is the middle of the two in the middle', () => {
    assert.equal(quantileOf(kaplanMeier([1, 2, 4, 9].map(point)), 0.5), 3);
    assert.equal(quantileOf(kaplanMeier([1, 2, 9].map(point)), 0.5), 2);
  });

  it('negative times are times like others', () => {
    assert.equal(quantileOf(estimateSurvival([-3, -2, 5].map(point)), 0.5), -2);
  });

  it('Turnbull: mass sits where intervals overlap', () => {
    // (0,2] and (1,3] overlap in (1,2]; (5,6] stands alone.
    const { steps, method } = turnbull([
      { low: 0, high: 2 },
      { low: 1, high: 3 },
      { low: 5, high: 6 },
    ]);
    assert.equal(method, 'turnbull');
    assert.deepEqual(
      steps.map(({ from, to }) => [from, to]),
      [
        [1, 2],
        [5, 6],
      ],
    );
    near(steps[0]?.mass, 2 / 3);
    near(steps[1]?.survival, 0);
    near(quantileOf(turnbull([{ low: 0, high: 4 }]), 0.5), 2);
  });

  it('Turnbull: (5, 8] does not hold 5', () => {
    const { steps } = turnbull([point(5), { low: 5, high: 8 }]);
    assert.deepEqual(
      steps.map(({ from, to, mass }) => [from, to, Number(mass.toFixed(6))]),
      [
        [5, 5, 0.5],
        [5, 8, 0.5],
      ],
    );
  });

  it('Turnbull of exact and right-censored times is Kaplan–Meier', () => {
    const times = fc.array(fc.tuple(fc.integer({ min: -20, max: 60 }), fc.boolean()), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(times, (drawn) => {
        const intervals = drawn.map(([at, isCensored]) => (isCensored ? censored(at) : point(at)));
        const [one, other] = [kaplanMeier(intervals).steps, turnbull(intervals).steps];
        assert.equal(one.length, other.length);
        one.forEach(({ to, survival }, index) => {
          assert.equal(other[index]?.to, to);
          near(other[index]?.survival, survival, 1e-4);
        });
      }),
    );
  });

  it('midpoints where intervals are narrow beside the median, Turnbull where they are wide', () => {
    const around = (at: number, half: number): TimeInterval => ({ low: at - half, high: at + half });
    assert.equal(estimateSurvival([100, 110, 120].map((at) => around(at, 2))).method, 'kaplan-meier');
    assert.equal(estimateSurvival([100, 110, 120].map((at) => around(at, 30))).method, 'turnbull');
  });

  it('the interval of the median: 10th and 21st of 30, and no 95 % below six', () => {
    const thirty = Array.from({ length: 30 }, (_, index) => point(index + 1));
    const { low, high, level } = medianInterval(thirty) ?? assert.fail();
    assert.deepEqual([low, high], [10, 21]);
    assert.ok(level >= 0.95 && level < 0.96);
    assert.equal(medianInterval([1, 2, 3].map(point))?.level, 0.75);
    assert.ok((medianInterval([1, 2, 3, 4, 5, 6].map(point))?.level ?? 0) >= 0.95);
    assert.equal(medianInterval([]), undefined);
  });

  it('the width of what is known is in the interval, and what was never seen leaves it open', () => {
    const wide = medianInterval([1, 2, 3].map((at) => ({ low: at - 0.5, high: at + 0.5 })));
    assert.deepEqual([wide?.low, wide?.high], [0.5, 3.5]);
    const open = medianInterval([point(1), point(2), censored(60)]);
    assert.deepEqual([open?.low, open?.high], [1, undefined]);
    assert.equal(medianInterval([censored(60), censored(60)]), undefined);
  });
});
