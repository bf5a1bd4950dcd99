import assert from 'node:assert/strict';
import { readMetric, toNode } from '../../../../drivers/istio/simulated.js';
import { makeClients } from '../../../../src/scale/clients.js';

describe('Istio: simulated sidecars', () => {
  it('say who they are as an injected proxy does', () => {
    const [pod] = makeClients('ns1', 3, 4);
    assert.ok(pod);
    const { id, cluster, metadata } = toNode(pod);
    assert.equal(id, `sidecar~${pod.ip}~client-3.ns1~ns1.svc.cluster.local`);
    assert.equal(cluster, 'client.ns1');
    assert.equal(metadata['NAMESPACE'], 'ns1');
    assert.equal(metadata['INSTANCE_IPS'], pod.ip);
    assert.deepEqual(metadata['LABELS'], pod.labels);
  });

  it('are not needed to read metrics, and what is missing is not zero', () => {
    const page = [
      '# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.',
      '# TYPE process_cpu_seconds_total counter',
      'process_cpu_seconds_total 12.34',
      'process_resident_memory_bytes 1.23456e+08',
    ].join('\n');
    assert.equal(readMetric(page, 'process_cpu_seconds_total'), 12.34);
    assert.equal(readMetric(page, 'process_resident_memory_bytes'), 123_456_000);
    assert.throws(() => readMetric(page, 'process_cpu_seconds'), /tells no process_cpu_seconds/);
  });
});
