import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_WEIGHT, toWholeWeights } from '../../../../drivers/istio/translate/weights.js';

describe('whole weights', () => {
  it('keep ratios and reduce them', () => {
    assert.deepEqual(toWholeWeights([90, 10]), { weights: [9, 1], exact: true });
    assert.deepEqual(toWholeWeights([0.5, 1.5]), { weights: [1, 3], exact: true });
    assert.deepEqual(toWholeWeights([0, 0]), { weights: [0, 0], exact: true });
    assert.deepEqual(toWholeWeights([]), { weights: [], exact: true });
    assert.deepEqual(toWholeWeights([1e-7, 1]), { weights: [1, MAX_WEIGHT], exact: false });
  });

  it('are whole, within the limit, zero only for zero, and exact wherever they say so', () => {
    const weight = fc.oneof(
      fc.nat(2_000_000_000),
      fc.nat(5_000).map((milli) => milli / 1000),
    );
    fc.assert(
      fc.property(fc.array(weight, { maxLength: 6 }), (given) => {
        const { weights, exact } = toWholeWeights(given);
        assert.equal(weights.length, given.length);
        for (const [index, one] of weights.entries()) {
          assert.ok(Number.isInteger(one) && one >= 0 && one <= MAX_WEIGHT);
          assert.equal(one === 0, given[index] === 0);
        }
        const total = (list: readonly number[]): number => list.reduce((sum, one) => sum + one, 0);
        const tolerance = exact ? 1e-9 : 1e-4;
        for (const [index, one] of weights.entries())
          assert.ok(Math.abs(one / (total(weights) || 1) - (given[index] ?? 0) / (total(given) || 1)) < tolerance);
      }),
      { numRuns: 500, seed: 12 },
    );
  });
});
