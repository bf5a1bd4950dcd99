import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  countOf,
  decodeHistogram,
  encodeHistogram,
  maxMs,
  mergeHistograms,
  newHistogram,
  quantileMs,
  recordMs,
  supportsQuantile,
} from '../../../src/load/histogram.js';

const histogramOf = (values: readonly number[]): ReturnType<typeof newHistogram> => {
  const histogram = newHistogram();
  for (const value of values) recordMs(histogram, value);
  return histogram;
};
const latencies = fc.array(fc.double({ min: 0, max: 70_000, noNaN: true }), { maxLength: 200 });

describe('load: histograms', () => {
  it('a merge of parts is the histogram of the whole, to the last byte of its encoding', () => {
    fc.assert(
      fc.property(fc.array(latencies, { maxLength: 5 }), (parts) => {
        const merged = mergeHistograms(parts.map((part) => decodeHistogram(encodeHistogram(histogramOf(part)))));
        assert.equal(encodeHistogram(merged), encodeHistogram(histogramOf(parts.flat())));
        assert.equal(countOf(merged), parts.flat().length);
      }),
      { numRuns: 50 },
    );
  });

  it('quantiles are those of the sorted values, within 3 significant digits and half a microsecond', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 59_000, noNaN: true }), { minLength: 20, maxLength: 300 }),
        fc.constantFrom(0.5, 0.9, 0.95),
        (values, q) => {
          const told = quantileMs(histogramOf(values), q);
          if (values.length * (1 - q) < 10 - 1e-6) return assert.equal(told, undefined);
          const exact = [...values].sort((a, b) => a - b)[Math.ceil(q * values.length - 1e-9) - 1]!;
          assert(Math.abs(told! - exact) <= 0.0005 + exact * 0.001, `${told} for ${exact}`);
        },
      ),
    );
  });

  it('a quantile needs ten values beyond it', () => {
    const cases = [
      [20, 0.5],
      [100, 0.9],
      [200, 0.95],
      [1000, 0.99],
      [10_000, 0.999],
    ] as const;
    for (const [count, q] of cases) {
      assert(supportsQuantile(count, q) && !supportsQuantile(count - 1, q), `${count} values, q ${q}`);
      const values = Array.from({ length: count }, (_, index) => index + 1);
      assert(quantileMs(histogramOf(values), q)! >= count * q);
      assert.equal(quantileMs(histogramOf(values.slice(1)), q), undefined);
    }
  });

  it('the ends of the range hold what lies outside, and nothing has no quantiles', () => {
    const histogram = histogramOf([0, -3, 1e9]);
    assert.equal(countOf(histogram), 3);
    assert(maxMs(histogram)! >= 60_000);
    assert.equal(maxMs(newHistogram()), undefined);
    assert.equal(quantileMs(newHistogram(), 0.5), undefined);
    assert.throws(() => decodeHistogram('not a histogram'));
  });
});
