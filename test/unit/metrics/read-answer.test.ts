import assert from 'node:assert/strict';
import { readAnswer, readList, readMetrics } from '../../../src/metrics/read-answer.js';

/** As the text prints it. */
const PRINTED = {
  kind: 'TrafficMetrics',
  resource: { name: 'foo-775b9cbd88-ntxsl', namespace: 'foobar', kind: 'Pod' },
  edge: { direction: 'to', side: 'client', resource: { name: 'baz', namespace: 'foobar', kind: 'Pod' } },
  timestamp: '2019-04-08T22:25:55Z',
  window: '30s',
  metrics: [
    { name: 'p99_response_latency', unit: 'seconds', value: '10m' },
    { name: 'p90_response_latency', unit: 'ms', value: '10m' },
    { name: 'p50_response_latency', unit: 'parsecs', value: '10m' },
    { name: 'success_count', value: 100 },
    { name: 'failure_count', value: '7' },
  ],
};

describe('what a metrics API answers', () => {
  it('is read as the text prints it', () => {
    const { from, to, success, failure, latency, problems } = readMetrics(PRINTED);
    assert.deepEqual([success, failure, problems], [100, 7, []]);
    assert.equal(new Date(to).toISOString(), '2019-04-08T22:25:55.000Z');
    assert.equal(to - from, 30_000);
    // Unit times value: 10m seconds are 10 ms, 10m milliseconds are 10 µs, and of another unit nothing is known.
    assert.deepEqual(latency, { p99_response_latency: 0.01, p90_response_latency: 0.00001 });
  });

  it('may leave metadata half empty, as servers in Go do', () => {
    assert.deepEqual(readMetrics({ ...PRINTED, metadata: { creationTimestamp: null } }).problems, []);
    assert.deepEqual(readMetrics({ ...PRINTED, metadata: { name: '', namespace: 'x' } }).problems, []);
  });

  it('says what is wrong with it', () => {
    const { window: _window, ...rest } = PRINTED;
    assert.match(readMetrics(rest).problems.join(), /window/);
    assert.match(readMetrics({ ...PRINTED, timestamp: 'yesterday' }).problems.join(), /timestamp/);
    assert.match(readMetrics({ ...PRINTED, edge: { direction: 'up' } }).problems.join(), /direction/);
    assert.match(
      readMetrics({ ...PRINTED, metrics: [{ name: 'success_count', value: 'many' }] }).problems.join(),
      /value/,
    );
    assert.ok(readMetrics('nonsense').problems.length > 0);
  });

  it('is one object, a list of them, or nothing of the kind', () => {
    const list = { kind: 'TrafficMetricsList', resource: { kind: 'Pod' }, items: [PRINTED, PRINTED] };
    assert.equal(readAnswer(PRINTED).length, 1);
    assert.equal(readAnswer(list).length, 2);
    assert.deepEqual(readAnswer({ kind: 'Status' }), []);
    assert.deepEqual(readAnswer('text'), []);
    assert.equal(readList({ kind: 'TrafficMetricsList' }).items, undefined);
  });
});
