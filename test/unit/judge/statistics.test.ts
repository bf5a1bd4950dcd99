import assert from 'node:assert/strict';
import fc from 'fast-check';
import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';
import { createSeededRandom } from '../../../fixtures/agent/seeded-random.js';
import {
  ALPHA,
  POWER,
  acceptRange,
  intraClassCorrelation,
  planRatio,
  samplesForPresence,
  samplesForZeroHits,
  shareInterval,
  testPresence,
  testShare,
  testZeroHits,
} from '../../../src/judge/statistics.js';

/** P(X = k), by logarithms: another way to the numbers than the code under test takes. */
function binomialMass(k: number, n: number, p: number): number {
  let log = 0;
  for (let i = 1; i <= k; i += 1) log += Math.log((n - k + i) / i);
  return Math.exp(log + k * Math.log(p) + (n - k) * Math.log(1 - p));
}

const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });

describe('judge/statistics', () => {
  describe('planRatio', () => {
    const table = [
      [0.5, 0.1, 960, 420, 540],
      [0.5, 0.05, 3880, 1819, 2061],
      [0.75, 0.1, 820, 566, 662],
      [0.75, 0.05, 3090, 2223, 2410],
      [0.9, 0.05, 1660, 1445, 1540],
      [0.9, 0.03, 4360, 3845, 3999],
      [0.99, 0.01, 5440, 5355, 5412],
    ] as const;
    for (const [p0, delta, n, low, high] of table) {
      it(`plans n = ${n} and accepts ${low}–${high} for ${p0} ± ${delta}`, () => {
        const plan = planRatio({ p0, delta, alpha: 1e-4 });
        assert.deepEqual([plan.n, plan.accept, plan.alpha], [n, [low, high], 1e-4]);
        assert.ok(plan.power >= POWER);
      });
    }

    it('keeps what it promises: size at most alpha, power at least as asked', () => {
      const plans = fc.record({
        p0: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        delta: fc.double({ min: 0.04, max: 0.2, noNaN: true }),
      });
      fc.assert(
        fc.property(plans, ({ p0, delta }) => {
          const {
            n,
            accept: [low, high],
            power,
          } = planRatio({ p0, delta });
          let inside = 0;
          for (let k = low; k <= high; k += 1) inside += binomialMass(k, n, p0);
          assert.ok(1 - inside <= ALPHA * (1 + 1e-3), `size ${1 - inside}`);
          for (const p1 of [p0 - delta, p0 + delta].filter((p) => p > 0 && p < 1)) {
            let missed = 0;
            for (let k = low; k <= high; k += 1) missed += binomialMass(k, n, p1);
            assert.ok(1 - missed >= power - 1e-6 && power >= POWER, `power ${1 - missed}`);
          }
        }),
        { numRuns: 40 },
      );
    });

    it('is symmetric: a share and its complement need the same n', () => {
      const [a, b] = [planRatio({ p0: 0.1, delta: 0.05 }), planRatio({ p0: 0.9, delta: 0.05 })];
      assert.equal(a.n, b.n);
      assert.deepEqual(a.accept, [b.n - b.accept[1], b.n - b.accept[0]]);
    });
  });

  describe('testShare', () => {
    it('rejects exactly when the p-value is not above alpha', () => {
      const arbitrary = fc.record({
        n: fc.integer({ min: 1, max: 3000 }),
        p0: share,
        alpha: fc.constantFrom(1e-4, 1e-3, 0.01, 0.05),
      });
      fc.assert(
        fc.property(arbitrary, fc.double({ min: 0, max: 1, noNaN: true }), ({ n, p0, alpha }, at) => {
          const [low, high] = acceptRange(n, p0, alpha);
          for (const hits of new Set([Math.round(at * n), low - 1, low, high, high + 1])) {
            if (hits < 0 || hits > n) continue;
            const { rejected, pValue = NaN } = testShare('a', { hits, n }, { p0, alpha, power: POWER });
            assert.ok(pValue >= 0 && pValue <= 1, `p = ${pValue}`);
            if (Math.abs(pValue - alpha) > alpha * 1e-6)
              assert.equal(rejected, pValue < alpha, `${hits} of ${n} against ${p0} at ${alpha}: p = ${pValue}`);
          }
        }),
      );
    });

    it('computes both tails without losing small ones', () => {
      const all = testShare('a', { hits: 100, n: 100 }, { p0: 0.5, alpha: ALPHA, power: POWER });
      const none = testShare('a', { hits: 0, n: 100 }, { p0: 0.5, alpha: ALPHA, power: POWER });
      for (const { pValue = 0 } of [all, none])
        assert.ok(Math.abs(pValue / (2 * 0.5 ** 100) - 1) < 1e-6, `p = ${pValue}`);
    });

    it('handles the ends: a share of 0 or 1 admits no exception', () => {
      const rejected = (hits: number, p0: number): boolean =>
        testShare('a', { hits, n: 50 }, { p0, alpha: ALPHA, power: POWER }).rejected;
      assert.deepEqual([rejected(0, 0), rejected(1, 0), rejected(50, 1), rejected(49, 1)], [false, true, false, true]);
    });

    it('reports what was observed and expected', () => {
      const { observed, expected, accept, n, test } = testShare(
        'v1',
        { hits: 850, n: 960 },
        { p0: 0.9, alpha: ALPHA, power: POWER },
      );
      assert.deepEqual(
        { observed, expected, n, test },
        { observed: { v1: 850 / 960 }, expected: { v1: 0.9 }, n: 960, test: 'exact-binomial' },
      );
      assert.deepEqual(accept, { v1: acceptRange(960, 0.9, ALPHA) });
    });
  });

  describe('shareInterval', () => {
    it('agrees with published values', () => {
      const close = ([a, b]: readonly [number, number], [c, d]: readonly [number, number]): void =>
        assert.ok(Math.abs(a - c) < 5e-5 && Math.abs(b - d) < 5e-5, `${a}–${b}`);
      close(shareInterval(0, 10, 0.05), [0, 0.3085]);
      close(shareInterval(10, 10, 0.05), [0.6915, 1]);
      close(shareInterval(3, 10, 0.05), [0.0667, 0.6525]);
      assert.deepEqual(shareInterval(0, 0, 0.05), [0, 1]);
    });

    it('covers the true share at least as often as promised', () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 60 }), share, fc.constantFrom(0.01, 0.05), (n, p, alpha) => {
          let covered = 0;
          for (let hits = 0; hits <= n; hits += 1) {
            const [low, high] = shareInterval(hits, n, alpha);
            assert.ok(low <= hits / n && hits / n <= high);
            if (low <= p && p <= high) covered += binomialMass(hits, n, p);
          }
          assert.ok(covered >= 1 - alpha - 1e-9, `coverage ${covered}`);
        }),
      );
    });
  });

  describe('zero hits and presence', () => {
    it('plans the numbers of the design', () => {
      assert.deepEqual(
        [0.05, 0.01, 0.005, 0.001].map((rate) => samplesForZeroHits(rate)),
        [90, 459, 919, 4603],
      );
      assert.deepEqual(
        [0.1, 0.05, 0.01, 0.001].map((p) => samplesForPresence(p, 1e-4)),
        [88, 180, 917, 9206],
      );
    });

    it('plans the smallest n that keeps the promise', () => {
      fc.assert(
        fc.property(fc.double({ min: 1e-4, max: 0.9, noNaN: true }), (rate) => {
          for (const [n, bound] of [
            [samplesForZeroHits(rate), 1 - POWER],
            [samplesForPresence(rate), ALPHA],
          ] as const) {
            assert.ok((1 - rate) ** n <= bound * (1 + 1e-9));
            assert.ok(n === 1 || (1 - rate) ** (n - 1) > bound * (1 - 1e-9));
          }
        }),
      );
    });

    it('decides by a single hit', () => {
      assert.deepEqual(
        [0, 1].map((hits) => testZeroHits('a', { hits, n: 459 }, { rate: 0.01, power: POWER }).rejected),
        [false, true],
      );
      assert.deepEqual(
        [0, 1].map((hits) => testPresence('a', { hits, n: 88 }, { p: 0.1, alpha: ALPHA, power: POWER }).rejected),
        [true, false],
      );
      const { pValue = 1 } = testPresence('a', { hits: 0, n: 88 }, { p: 0.1, alpha: ALPHA, power: POWER });
      assert.ok(Math.abs(pValue - binomialCdf(0, 88, 0.1)) < 1e-12);
    });
  });

  describe('intraClassCorrelation', () => {
    it('is 1 when every connection sticks to its choice', () => {
      assert.equal(
        intraClassCorrelation([
          [true, true, true],
          [false, false, false],
          [true, true],
        ]),
        1,
      );
    });

    it('is about 0 when every request is drawn anew', () => {
      for (const seed of [1, 2, 3, 4, 5]) {
        const random = createSeededRandom(seed);
        const groups = Array.from({ length: 8 }, () => Array.from({ length: 200 }, () => random() < 0.7));
        const correlation = intraClassCorrelation(groups) ?? NaN;
        assert.ok(Math.abs(correlation) < 0.05, `seed ${seed}: ${correlation}`);
      }
    });

    it('is 0 on average over all ways to deal the same answers to two connections of two', () => {
      const deals = [
        [true, true, false, false],
        [true, false, true, false],
        [true, false, false, true],
        [false, true, true, false],
        [false, true, false, true],
        [false, false, true, true],
      ];
      const seen = deals.map(
        ([a = false, b = false, c = false, d = false]) =>
          intraClassCorrelation([
            [a, b],
            [c, d],
          ]) ?? NaN,
      );
      assert.deepEqual(seen, [1, -1, -1, -1, -1, 1]);
    });

    it('grows with the stickiness, and never leaves [−1, 1]', () => {
      const sticky = (chance: number): number => {
        const random = createSeededRandom(9);
        return (
          intraClassCorrelation(
            Array.from({ length: 20 }, () => {
              const first = random() < 0.5;
              return Array.from({ length: 100 }, () => (random() < chance ? first : random() < 0.5));
            }),
          ) ?? NaN
        );
      };
      const seen = [0, 0.5, 0.9, 1].map(sticky);
      assert.deepEqual(
        seen,
        seen.toSorted((a, b) => a - b),
      );
      fc.assert(
        fc.property(
          fc.array(fc.array(fc.boolean(), { minLength: 2, maxLength: 6 }), { minLength: 2, maxLength: 6 }),
          (groups) => {
            const correlation = intraClassCorrelation(groups);
            assert.ok(
              correlation === undefined || (correlation >= -1 - 1e-9 && correlation <= 1 + 1e-9),
              `${correlation}`,
            );
          },
        ),
      );
    });

    it('is undefined where there is nothing to compare', () => {
      assert.equal(intraClassCorrelation([]), undefined);
      assert.equal(intraClassCorrelation([[true, false, true]]), undefined);
      assert.equal(intraClassCorrelation([[true], [false]]), undefined);
      assert.equal(
        intraClassCorrelation([
          [true, true],
          [true, true],
        ]),
        undefined,
      );
    });
  });
});
