/** The wire of a pod in a cluster: a capture in an ephemeral container. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { ClusterEnvironment } from '../../src/environments/cluster/cluster-environment.js';
import { CannotCapture } from '../../src/environments/capture.js';
import type { RunningPod } from '../../src/environments/environment.js';
import { pollUntil } from '../../src/environments/local/poll.js';
import { runDirOf } from '../../src/environments/local/run-state.js';
import type { PodSpec } from '../../src/mesh/driver.js';
import { plainMesh } from '../e2e/local-environment/plain-mesh.js';
import { summariseWire } from '../../src/wire/summarise.js';
import { type TestCluster, openTestCluster } from './cluster.js';
import { openEnvironment } from './environment.js';

const MARKER = 'legible-on-the-wire';

describe('Clusters: looking at the wire', function () {
  this.timeout(300_000);
  let test: TestCluster;
  let env: ClusterEnvironment;
  let pods: readonly RunningPod[];
  const runId = `wire-${randomBytes(4).toString('hex')}`;
  const ns = `${runId}-ns1`;

  before(async () => {
    test = await openTestCluster();
    env = openEnvironment(test, runId);
    await env.createNamespaces([ns]);
    const ports = [{ name: 'http', port: 8080, protocol: 'http' as const }];
    const spec = (name: string): PodSpec => ({
      ...{ name, namespace: ns, serviceAccount: name, labels: { app: name }, meshed: false },
      ports: name === 'server' ? ports : [],
    });
    pods = await env.startPods([spec('server'), spec('client')], plainMesh());
  });
  after(async () => {
    await env?.[Symbol.asyncDispose]();
    await rm(runDirOf(runId), { recursive: true, force: true });
    await test?.[Symbol.asyncDispose]();
  });

  function pod(name: string): RunningPod {
    const found = pods.find((each) => each.pod.name === name);
    assert.ok(found, name);
    return found;
  }
  async function ask(prefix: string, count: number): Promise<boolean> {
    const spec = {
      protocol: 'http' as const,
      host: pod('server').pod.ip,
      port: 8080,
      timeoutMs: 3_000,
      headers: [
        ['x-marker', MARKER],
        ['x-meshgauge-echo', 'full'],
      ] as const,
    };
    const items = [{ cell: 'c', count, spec }];
    const batch = { idPrefix: `${prefix}-`, items, concurrency: 4, connections: 'new' as const };
    return (await pod('client').agent.batch(batch)).every(({ ok }) => ok);
  }

  it('reads plaintext between two pods, there and back, one capture after the other', async () => {
    await pollUntil(() => ask('first', 1), { deadlineMs: 20_000, what: 'the server to answer' });
    for (const round of [1, 2]) {
      const going = await env.capture(pod('server').pod, 8080);
      assert.equal(await ask(`round-${round}`, 10), true);
      const { pcap, dropped } = await going.stop();
      const seen = summariseWire(pcap, MARKER);
      assert.deepEqual([seen.markers, seen.flows, seen.tlsFlows, dropped], [20, 20, 0, 0]);
    }
    const other = await env.capture(pod('server').pod, 9090);
    assert.equal(await ask('other', 1), true);
    assert.equal(summariseWire((await other.stop()).pcap, MARKER).packets, 0);
  });

  it('a cluster that forbids it is a reason, not a failure', async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await test.kube.patch({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: ns }, { metadata: { labels } });
    await assert.rejects(
      env.capture(pod('client').pod, 8080),
      (error: unknown) => error instanceof CannotCapture && /violates PodSecurity "restricted/.test(error.message),
    );
  });
});
