import assert from 'node:assert/strict';
import { createSeededRandom } from '../../../fixtures/agent/seeded-random.js';
import { curveOf } from '../../../src/bench/curve.js';
import type { SliceRecord } from '../../../src/bench/records.js';
import { QUIET, runExperiment } from './slices.js';

/** Response times spread evenly from 1 to 2 ms, so that each quantile q is 1 + q. */
const measure = (reps: number, hostOf = () => QUIET): readonly SliceRecord[] => {
  const random = createSeededRandom(3);
  return runExperiment({ reps, comparisons: ['both'], latencyMs: () => 1 + random(), hostOf }).filter(
    ({ arm }) => arm === 'both',
  );
};

describe('bench: curve of an arm', () => {
  it('is the distribution, as far as ten requests lie beyond it, and never falls', () => {
    const curve = curveOf(measure(4));
    for (const { q, ms } of curve) assert.ok(Math.abs(ms - 1 - q) < 0.05, `${q}: ${ms}`);
    assert.ok(curve.every(({ ms }, index) => ms >= (curve[index - 1]?.ms ?? 0)));
    const requests = 4 * 4 * 250;
    assert.ok((curve.at(-1)?.q ?? 0) <= 1 - 10 / requests);
    assert.ok((curve.at(-1)?.q ?? 0) > 0.99);
  });

  it('has a ribbon around it as far as one repetition reaches, and none of one repetition', () => {
    const curve = curveOf(measure(4));
    const withRibbon = curve.filter(({ lowMs }) => lowMs !== undefined);
    assert.ok(withRibbon.every(({ ms, lowMs = 0, highMs = 0 }) => lowMs <= ms && ms <= highMs));
    assert.ok((withRibbon.at(-1)?.q ?? 0) >= 0.98 && withRibbon.length < curve.length);
    assert.ok(curveOf(measure(1)).every(({ lowMs }) => lowMs === undefined));
  });

  it('ends before the quantiles that a cause has spoilt, and is empty where nothing counts', () => {
    const stolen = (steal: number) => () => ({ ...QUIET, steal });
    assert.ok((curveOf(measure(4, stolen(0.03))).at(-1)?.q ?? 1) <= 0.9);
    assert.deepEqual(curveOf(measure(4, stolen(0.5))), []);
    assert.deepEqual(curveOf([]), []);
  });
});
