import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createSeededRandom } from '../../../fixtures/agent/seeded-random.js';
import { quantile } from '../../../src/statistics/order.js';
import { distanceToUniform, stallQuantileMs } from '../../../src/self-test/truths.js';

describe('closed forms of truth servers', () => {
  it('a stall of 200 ms in 2 s: p90 0, p95 100, p99 180, p99.9 198 ms', () => {
    const stall = { everyMs: 2_000, forMs: 200 };
    const readings = [0.9, 0.95, 0.99, 0.999].map((q) => Math.round(stallQuantileMs(stall, q) * 1e6) / 1e6);
    assert.deepEqual(readings, [0, 100, 180, 198]);
  });

  it('agrees with requests thrown at random into periods', () => {
    const shapes = fc.record({
      everyMs: fc.integer({ min: 100, max: 5_000 }),
      share: fc.double({ min: 0.02, max: 0.9, noNaN: true }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(shapes, ({ everyMs, share, seed }) => {
        const forMs = everyMs * share;
        const random = createSeededRandom(seed);
        const latencies = Array.from({ length: 20_000 }, () => Math.max(0, forMs - random() * everyMs));
        for (const q of [0.5, 0.9, 0.99])
          assert.ok(Math.abs(quantile(latencies, q) - stallQuantileMs({ everyMs, forMs }, q)) < everyMs * 0.03);
      }),
      { numRuns: 20 },
    );
  });
});

describe('distance to uniform arrivals', () => {
  const every = (stepMs: number, count: number): number[] => Array.from({ length: count }, (_, n) => 7.5 + n * stepMs);

  it('is small for an even spread, wherever the seconds begin', () => {
    assert.ok(distanceToUniform(every(1, 5_000)) <= 0.002);
    assert.ok(distanceToUniform(every(2.5, 2_000)) <= 0.005);
  });

  it('is near 1 for one burst a second', () => {
    const bursts = [0, 1_000, 2_000].flatMap((second) => Array.from({ length: 400 }, (_, n) => second + n * 0.1));
    const distance = distanceToUniform(bursts);
    assert.ok(distance > 0.9, String(distance));
  });

  it('sees that the last tenth of every second stays empty', () => {
    const gappy = every(1, 5_000).filter((at) => (at - 7.5) % 1_000 < 900);
    assert.ok(Math.abs(distanceToUniform(gappy) - 0.1) < 0.01);
  });
});
