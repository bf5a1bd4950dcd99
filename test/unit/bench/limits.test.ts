import assert from 'node:assert/strict';
import { checkLimits } from '../../../src/bench/limits.js';
import { runExperiment, sliceOf, type Made } from './slices.js';
import { makeSchedule } from '../../../src/bench/schedule.js';

describe('limits of the configuration', () => {
  // Of 1,000 answers 900 take 1 ms, 90 take 5 ms, ten 30 ms.
  const slices = runExperiment({
    reps: 2,
    comparisons: ['both', 'client-only'],
    count: 1_000,
    latencyMs: (arm, _rep, index) => (arm === 'client-only' ? 1_000 : index < 900 ? 1 : index < 990 ? 5 : 30),
  });

  it('are kept or crossed by what was measured with a proxy at either end', () => {
    const results = checkLimits({ p50Ms: 2, p95Ms: 4, p99Ms: 30, errorRatio: 0 }, slices);
    assert.deepEqual(
      results.map(({ limit, outcome }) => [limit, outcome]),
      [
        ['p50Ms', 'kept'],
        ['p95Ms', 'crossed'],
        ['p99Ms', 'kept'],
        ['errorRatio', 'kept'],
      ],
    );
    assert.ok(Math.abs((results[1]?.measured ?? 0) - 5) < 0.01, JSON.stringify(results[1]));
  });

  it('are neither where nothing was measured, or most of it was spoilt', () => {
    const nothing = checkLimits({ p99Ms: 20, errorRatio: 0.1 }, []);
    assert.deepEqual(
      nothing.map(({ outcome }) => outcome),
      ['unknown', 'unknown'],
    );
    const spoilt = slices.map((slice) => ({ ...slice, causes: ['steal p99'] as const }));
    assert.deepEqual(checkLimits({ p99Ms: 20 }, spoilt), [{ limit: 'p99Ms', most: 20, outcome: 'unknown' }]);
  });

  it('count every failure, also in slices that do not count for quantiles', () => {
    const [slot] = makeSchedule(['both'], 6, 0).slots.filter(({ arms }) => arms.includes('both'));
    assert(slot);
    const made: Made = { latenciesMs: Array<number>(98).fill(1), statuses: { 200: 98 }, failed: { reset: 2 } };
    const slice = sliceOf(0, 'both', slot, made);
    assert.deepEqual(slice.causes, ['errors']);
    const [result] = checkLimits({ errorRatio: 0.01 }, [slice]);
    assert.deepEqual(result, { limit: 'errorRatio', most: 0.01, measured: 0.02, outcome: 'crossed' });
  });
});
