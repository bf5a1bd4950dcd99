import assert from 'node:assert/strict';
import { findCauses, spoiling } from '../../../src/bench/gates.js';
import { readRecording } from '../../../src/load/recording.js';
import { QUIET, windowOf, type Made } from './slices.js';

const SLOT = { name: 'one', offsetMs: 0, durationMs: 500 };
const thousand = (ms: number): readonly number[] => Array<number>(1000).fill(ms);
const causes = (made: Made, host = QUIET): readonly string[] => findCauses(readRecording(windowOf(SLOT, made)), host);

describe('bench: gates', () => {
  it('let a quiet slice pass, however slow its answers were', () => {
    assert.deepEqual(causes({ latenciesMs: thousand(0.2) }), []);
    assert.deepEqual(causes({ latenciesMs: thousand(9_000) }), []);
  });

  it('stop at foreign processor time and at steal, and never at pressure', () => {
    assert.deepEqual(causes({ latenciesMs: thousand(1) }, { ...QUIET, foreign: 0.11 }), ['foreign-cpu']);
    assert.deepEqual(causes({ latenciesMs: thousand(1) }, { ...QUIET, steal: 0.03 }), ['steal p95', 'steal p99']);
    const much = causes({ latenciesMs: thousand(1) }, { ...QUIET, steal: 0.11 });
    assert.deepEqual(much, ['steal p50', 'steal p90', 'steal p95', 'steal p99']);
    assert.deepEqual(causes({ latenciesMs: thousand(1) }, { foreign: 0.1, steal: 0.02, pressure: 1 }), []);
  });

  it('stop at a generator that is late, for the quantiles that its lateness reaches', () => {
    const late = (sendLagMs: number): readonly string[] => causes({ latenciesMs: thousand(1), sendLagMs });
    assert.deepEqual(late(0.09), []);
    assert.deepEqual(late(0.2), ['send-lag p50']);
    assert.deepEqual(late(0.9), ['send-lag p50', 'send-lag p90']);
    assert.deepEqual(late(1.2), ['send-lag p50', 'send-lag p90', 'send-lag p95', 'send-lag p99']);
    assert.deepEqual(spoiling(['send-lag p99', 'steal p50', 'errors'], 'p50'), ['steal p50', 'errors']);
    assert.deepEqual(spoiling(['send-lag p99'], 'p99'), ['send-lag p99']);
    assert.deepEqual(spoiling(['send-lag p99']), []);
  });

  it('stop at failures of any kind above one in a thousand', () => {
    const one = { latenciesMs: thousand(1) };
    assert.deepEqual(causes({ ...one, failed: { ECONNRESET: 1 } }), []);
    assert.deepEqual(causes({ ...one, failed: { ETIMEDOUT: 2 } }), ['errors']);
    assert.deepEqual(causes({ ...one, statuses: { 200: 1000, 503: 2 } }), ['errors']);
  });

  it('stop at load that was not offered, and at none at all', () => {
    assert.deepEqual(causes({ latenciesMs: thousand(1), unsent: 20 }), ['errors', 'not-offered']);
    assert.deepEqual(causes({ latenciesMs: [] }), ['not-offered']);
  });

  it('do without the machine where it cannot be seen', () =>
    assert.deepEqual(findCauses(readRecording(windowOf(SLOT, { latenciesMs: thousand(1) })), undefined), []));
});
