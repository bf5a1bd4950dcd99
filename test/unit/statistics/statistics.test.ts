import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createSeededRandom } from '../../../fixtures/agent/seeded-random.js';
import { blockBootstrapInterval, bootstrapInterval } from '../../../src/statistics/bootstrap.js';
import { minimiseSquares } from '../../../src/statistics/least-squares.js';
import { median, medianInterval, quantile, robustDeviation } from '../../../src/statistics/order.js';
import { fitScalability, littleError, throughputAt, type LadderStep } from '../../../src/statistics/scalability.js';
import { adjustByHolm, isEquivalent, noiseFloor, signTest } from '../../../src/statistics/tests.js';

const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);
const near = (actual: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`);
const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });

/** Box and Muller. */
function normals(seed: number, n: number): number[] {
  const random = createSeededRandom(seed);
  return upTo(n).map(() => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}

describe('statistics: order', () => {
  it('interpolates quantiles between neighbours', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.equal(quantile(upTo(5), 0.25), 2);
    assert.throws(() => median([]), RangeError);
  });

  it('gives the ranks of the tables: the 10th and 21st of 30, all of 6, the 3rd and 10th of 12', () => {
    assert.deepEqual(pick(medianInterval(upTo(30))), [10, 21]);
    assert.deepEqual(pick(medianInterval(upTo(12))), [3, 10]);
    assert.deepEqual(pick(medianInterval(upTo(6))), [1, 6]);
    near(medianInterval(upTo(30)).confidence, 0.9572, 1e-4);
  });

  it('says that five values cannot give 95 %', () => {
    const interval = medianInterval(upTo(5));
    assert.deepEqual(pick(interval), [1, 5]);
    near(interval.confidence, 0.9375, 1e-9);
    assert.equal(medianInterval([7]).confidence, 0);
  });

  it('covers at least what it was asked for from six values on, and never leaves the data', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 6, maxLength: 60 }), (values) => {
        const { low, high, confidence } = medianInterval(values);
        assert.ok(confidence >= 0.95 && confidence < 1);
        assert.ok(low <= median(values) && median(values) <= high);
        assert.ok(values.includes(low) && values.includes(high));
      }),
    );
  });

  it('covers the true median as often as it says', () => {
    const trials = upTo(600).map((seed) => medianInterval(normals(seed, 12)));
    const covered = trials.filter(({ low, high }) => low <= 0 && high >= 0).length;
    // 96.1 % of 600 is 577; fewer than 560 has a probability below 0.1 %.
    assert.ok(covered >= 560, `${covered} of 600`);
  });

  it('estimates the deviation of normal values, whatever one wild value says', () => {
    const values = normals(3, 4000);
    near(robustDeviation(values), 1, 0.06);
    near(robustDeviation([...values, 1e9]), 1, 0.06);
  });
});

describe('statistics: tests', () => {
  it('knows the sign test by heart: six of six 1/32, twelve of twelve 1/2048, ties left out', () => {
    assert.equal(signTest([1, 2, 3, 4, 5, 6]), 1 / 32);
    assert.equal(signTest(upTo(12).map((one) => -one)), 1 / 2048);
    assert.equal(signTest([1, 2, 3, 4, 5, 6, 0, 0]), 1 / 32);
    assert.equal(signTest([0, 0]), 1);
    assert.equal(signTest([1, -1]), 1);
  });

  it('is symmetric and never above one', () => {
    fc.assert(
      fc.property(fc.array(finite, { maxLength: 40 }), (values) => {
        const p = signTest(values);
        assert.ok(p > 0 && p <= 1);
        assert.equal(p, signTest(values.map((value) => -value)));
      }),
    );
  });

  it("corrects as Holm's worked example does, and keeps the order of the p-values", () => {
    assert.deepEqual(adjustByHolm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
    assert.deepEqual(adjustByHolm([]), []);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }), (values) => {
        const adjusted = adjustByHolm(values);
        for (const [a, p] of values.entries())
          for (const [b, other] of values.entries()) {
            assert.ok((adjusted[a] ?? 0) >= p);
            if (p < other) assert.ok((adjusted[a] ?? 0) <= (adjusted[b] ?? 0));
          }
      }),
    );
  });

  it('sets the floor at 1.96 and what can be detected at 2.8 standard errors, never below the resolution', () => {
    const values = normals(5, 400);
    const { floor, detectable } = noiseFloor(values, 0.001);
    near(floor, (1.96 * robustDeviation(values)) / 20, 1e-12);
    near(detectable / floor, 2.8 / 1.96, 1e-12);
    assert.deepEqual(noiseFloor([1, 1, 1], 0.001), { floor: 0.001, detectable: 0.001 });
  });

  it('calls equivalent only what lies within the margin on both sides, with values enough', () => {
    const small = [0.01, -0.02, 0.015, 0.005, -0.01, 0.02, 0.012, -0.004];
    assert.equal(isEquivalent(small, 0.1), true);
    assert.equal(isEquivalent(small, 0.001), false);
    assert.equal(
      isEquivalent(
        small.map((one) => one + 0.2),
        0.1,
      ),
      false,
    );
    assert.equal(isEquivalent([0, 0, 0], 0.1), false, 'three values cannot give 90 %');
  });
});

describe('statistics: bootstrap', () => {
  it('gives the same interval for the same seed, and contains what it was drawn from', () => {
    const values = normals(7, 25);
    const once = bootstrapInterval(values, median, { seed: 1 });
    assert.deepEqual(once, bootstrapInterval(values, median, { seed: 1 }));
    assert.ok(once.low <= median(values) && median(values) <= once.high);
  });

  it('has the width that theory gives the mean', () => {
    const values = normals(11, 200);
    const mean = (all: readonly number[]): number => all.reduce((sum, one) => sum + one, 0) / all.length;
    const { low, high } = bootstrapInterval(values, mean, { seed: 2, resamples: 4000 });
    near(high - low, (2 * 1.96) / Math.sqrt(200), 0.04);
  });

  it('is wider in blocks where neighbours are alike', () => {
    const values = normals(13, 40).flatMap((value) => Array<number>(10).fill(value));
    const width = ({ low, high }: { low: number; high: number }): number => high - low;
    const blocks = blockBootstrapInterval(values, median, { seed: 3, blockLength: 20 });
    assert.ok(width(blocks) > 2 * width(bootstrapInterval(values, median, { seed: 3 })));
    assert.throws(() => blockBootstrapInterval([1], median, { seed: 1, blockLength: 2 }), RangeError);
  });
});

describe('statistics: scalability', () => {
  const LAW = { lambda: 9000, sigma: 0.05, kappa: 0.0008 };
  const ladder = (noise: (n: number) => number): LadderStep[] =>
    [1, 2, 4, 8, 16, 32, 64, 128, 256].map((n) => ({
      concurrency: n,
      perSecond: throughputAt(LAW, n) * noise(n),
      meanMs: (n / throughputAt(LAW, n)) * 1000,
    }));

  it('finds the minimum of a curved valley', () => {
    const found = minimiseSquares(([x = 0, y = 0]) => [10 * (y - x * x), 1 - x], [-1.2, 1]);
    near(found[0] ?? 0, 1, 1e-6);
    near(found[1] ?? 0, 1, 1e-6);
  });

  it('finds the law it was given, and its maximum', () => {
    const fit = fitScalability(
      ladder(() => 1),
      { seed: 1 },
    );
    near(fit.lambda, LAW.lambda, 1);
    near(fit.sigma, LAW.sigma, 1e-4);
    near(fit.bestConcurrency ?? 0, Math.sqrt(0.95 / 0.0008), 0.1);
    near(fit.maxPerSecond, throughputAt(LAW, Math.sqrt(0.95 / 0.0008)), 1);
  });

  it('covers the true maximum in noise of 5 %', () => {
    const random = createSeededRandom(17);
    const fit = fitScalability(
      ladder(() => 1 + 0.1 * (random() - 0.5)),
      { seed: 2 },
    );
    const truth = throughputAt(LAW, Math.sqrt(0.95 / 0.0008));
    assert.ok(fit.maxPerSecondInterval.low < truth && truth < fit.maxPerSecondInterval.high);
  });

  it('believes no maximum beyond the last step', () => {
    const fit = fitScalability(
      [1, 2, 4, 8, 16].map((n) => ({ concurrency: n, perSecond: 100 * n, meanMs: 10 })),
      { seed: 3 },
    );
    assert.equal(fit.bestConcurrency, undefined);
    near(fit.maxPerSecond, 1600, 1);
    assert.throws(() => fitScalability([], { seed: 1 }), RangeError);
  });

  it("sees hidden work by Little's law", () => {
    near(littleError({ concurrency: 16, perSecond: 1600, meanMs: 10 }), 0, 1e-12);
    near(littleError({ concurrency: 16, perSecond: 1600, meanMs: 8 }), -0.2, 1e-12);
  });
});

function pick({ low, high }: { low: number; high: number }): [number, number] {
  return [low, high];
}
