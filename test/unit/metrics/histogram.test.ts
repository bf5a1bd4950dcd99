import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  countOf,
  mergeHistograms,
  quantileOf,
  subtractHistogram,
  type Histogram,
} from '../../../src/metrics/histogram.js';

/** Counts of bins of one second. */
const bins = (...counts: readonly number[]): Histogram =>
  counts.flatMap((count, low) => (count === 0 ? [] : [{ low, high: low + 1, count }]));
const histogram = fc.array(fc.nat(20), { maxLength: 8 }).map((counts) => bins(...counts));

describe('histograms of latencies', () => {
  it('add up bin by bin', () => {
    assert.deepEqual(mergeHistograms([bins(1, 2), bins(0, 3, 4)]), bins(1, 5, 4));
    assert.deepEqual(mergeHistograms([]), []);
  });

  it('are subtracted: what was added comes out again', () => {
    fc.assert(
      fc.property(histogram, histogram, (earlier, added) => {
        const later = mergeHistograms([earlier, added]);
        assert.deepEqual(subtractHistogram(later, earlier), mergeHistograms([added, []]));
        assert.equal(countOf(later), countOf(earlier) + countOf(added));
      }),
    );
  });

  it('have a quantile within the bin of its rank', () => {
    const ten = bins(5, 0, 4, 1);
    assert.equal(quantileOf(ten, 0.5), 0.9);
    assert.ok(quantileOf(ten, 0.51) >= 2 && quantileOf(ten, 0.9) < 3);
    assert.equal(quantileOf(ten, 0.99), 3.5);
    assert.equal(quantileOf([], 0.99), 0);
  });

  it('have quantiles that ascend and stay within what was counted', () => {
    fc.assert(
      fc.property(
        histogram,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (h, a, b) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)].map((q) => quantileOf(h, q));
          assert.ok((low ?? 0) <= (high ?? 0));
          if (h.length > 0) assert.ok((low ?? -1) >= (h[0]?.low ?? 0) && (high ?? 99) <= (h.at(-1)?.high ?? 0));
        },
      ),
    );
  });
});
