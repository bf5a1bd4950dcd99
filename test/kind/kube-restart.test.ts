import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { KubeChange } from '../../src/kube/kube.js';
import { openTestCluster, startShellPod, type TestCluster } from './cluster.js';

const MAP = { apiVersion: 'v1', kind: 'ConfigMap' } as const;

describe('Kube: the API server dies and comes back', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await openTestCluster({ own: true });
  });
  after(async () => cluster?.[Symbol.asyncDispose]());

  it('a watch goes on and misses nothing; a forwarded connection ends with an error', async () => {
    const { kube, namespace, node = '' } = cluster;
    const apply = (name: string) => kube.apply({ ...MAP, metadata: { name, namespace } });
    await apply('stays');
    await apply('goes');
    const pod = await startShellPod(cluster, 'echo', 'exec socat TCP-LISTEN:9000,fork,reuseaddr EXEC:cat', 9000);
    const stream = await kube.connect(pod, 9000);
    stream.write('ping');
    assert.equal(String((await once(stream, 'data'))[0]), 'ping');

    const seen: KubeChange[] = [];
    await using _watch = await kube.watch(MAP, { namespace }, (change) => seen.push(change));
    const names = () => seen.map(({ type, object }) => `${type} ${object.metadata.name}`);
    const before = names();
    assert.ok(before.includes('applied stays') && before.includes('applied goes'), before.join());

    const broken = once(stream, 'error');
    const { stdout: pid } = await execa('docker', ['exec', node, 'pidof', 'kube-apiserver']);
    await execa('docker', ['exec', node, 'kill', '-9', ...pid.trim().split(' ')]);
    assert.match(String((await broken)[0]), /connection to the Kubernetes API broke/);
    await assert.rejects(kube.get({ ...MAP, namespace, name: 'stays' }), /cannot be reached/);

    await kube.waitFor({ ...MAP, namespace, name: 'stays' }, (object) => object !== undefined, {
      deadlineMs: 120_000,
      what: 'the API server to answer again',
    });
    await kube.delete({ ...MAP, namespace, name: 'goes' });
    await apply('comes');
    const end = performance.now() + 60_000;
    const complete = () => names().includes('deleted goes') && names().includes('applied comes');
    while (!complete() && performance.now() < end) await delay(50);
    assert.deepEqual(names().slice(before.length).sort(), ['applied comes', 'deleted goes']);
  });
});
