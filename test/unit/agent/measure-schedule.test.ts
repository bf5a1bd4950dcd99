import assert from 'node:assert/strict';
import fc from 'fast-check';
import { listArrivals, type Arrival, type OpenSchedule } from '../../../fixtures/agent/measure-schedule.js';
import type { MeasureWindow } from '../../../fixtures/agent/protocol.js';

const loopOf = (more: Partial<OpenSchedule>): OpenSchedule => ({
  kind: 'open',
  ratePerSecond: 1000,
  arrivals: 'uniform',
  seed: 1,
  ...more,
});
const list = (loop: OpenSchedule, ...windows: [offsetMs: number, durationMs: number][]): Arrival[] => [
  ...listArrivals(
    loop,
    windows.map(([offsetMs, durationMs], index): MeasureWindow => ({ name: `${index}`, offsetMs, durationMs })),
  ),
];
const gapsOf = (arrivals: readonly Arrival[]): number[] =>
  arrivals.map(({ dueMs }, index) => dueMs - (arrivals[index - 1]?.dueMs ?? 0));

describe('agent: when measured requests are due', () => {
  it('uniform: exactly rate × duration, equally far apart, from the start of each window', () => {
    const arrivals = list(loopOf({ ratePerSecond: 400 }), [100, 50], [1000, 25]);
    assert.deepEqual(arrivals.slice(0, 3), [
      { window: 0, dueMs: 100 },
      { window: 0, dueMs: 102.5 },
      { window: 0, dueMs: 105 },
    ]);
    assert.deepEqual(
      [0, 1].map((index) => arrivals.filter(({ window }) => window === index).length),
      [20, 10],
    );
    assert.deepEqual(arrivals.at(20), { window: 1, dueMs: 1000 });
    // A sum of thirds would have drifted past the end, or have found room for one more.
    const thirds = list(loopOf({ ratePerSecond: 3 }), [0, 100_000]);
    assert.deepEqual([thirds.length, thirds.at(-1)!.dueMs], [300, (299 * 1000) / 3]);
  });

  it('a phase shifts uniform arrivals by its share of a gap: two jobs interleave', () => {
    const merged = [0, 0.5].flatMap((phase) => list(loopOf({ ratePerSecond: 100, phase }), [0, 1000]));
    const gaps = gapsOf(merged.sort((a, b) => a.dueMs - b.dueMs)).slice(1);
    assert.equal(merged.length, 200);
    assert(gaps.every((gap) => Math.abs(gap - 5) < 1e-9));
  });

  it('Poisson: gaps are exponential and depend on the seed alone', () => {
    const loop = loopOf({ arrivals: 'poisson', seed: 20 });
    const arrivals = list(loop, [0, 50_000]);
    const gaps = gapsOf(arrivals);
    // 50,000 expected, standard deviation 224; shares of a binomial with standard deviation 0.2 %.
    assert(Math.abs(arrivals.length - 50_000) < 900, `${arrivals.length}`);
    for (const multiple of [0.1, 0.5, 1, 2, 3]) {
      const share = gaps.filter((gap) => gap > multiple).length / gaps.length;
      assert(Math.abs(share - Math.exp(-multiple)) < 0.01, `${share} of the gaps exceed ${multiple} ms`);
    }
    const lags = gaps.slice(1).map((gap, index) => (gap - 1) * (gaps[index]! - 1));
    assert(
      Math.abs(lags.reduce((sum, lag) => sum + lag, 0) / lags.length) < 0.02,
      'gaps do not depend on those before',
    );
    assert.deepEqual(list(loop, [0, 50_000]), arrivals);
    assert.notDeepEqual(list({ ...loop, seed: 21 }, [0, 50_000]), arrivals);
  });

  it('whatever the job: in order, and inside the window they belong to', () => {
    const window = fc.record({ gap: fc.nat(500), durationMs: fc.integer({ min: 1, max: 2000 }) });
    fc.assert(
      fc.property(
        fc.constantFrom('uniform' as const, 'poisson' as const),
        fc.double({ min: 0.5, max: 3000, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(window, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (arrivals, ratePerSecond, phase, parts, seed) => {
          let end = 0;
          const windows = parts.map(({ gap, durationMs }): [number, number] => {
            const offsetMs = end + gap;
            end = offsetMs + durationMs;
            return [offsetMs, durationMs];
          });
          let last = 0;
          for (const { window: index, dueMs } of list(loopOf({ arrivals, ratePerSecond, phase, seed }), ...windows)) {
            const [offsetMs, durationMs] = windows[index]!;
            assert(dueMs >= last && dueMs >= offsetMs && dueMs <= offsetMs + durationMs);
            last = dueMs;
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
