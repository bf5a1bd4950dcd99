import assert from 'node:assert/strict';
import { WatchedCluster } from '../../../../../drivers/reference/in-cluster/watched-cluster.js';
import type { ClusterChange } from '../../../../../src/environments/environment.js';
import { LATEST_PROFILE, type KubeObject, type SmiObject, type SmiProfile } from '../../../../../src/smi/model.js';
import { fromManifest } from '../../../../../src/smi/from-manifest.js';
import { renderSmi } from '../../../../../src/smi/render/index.js';
import { split, target } from '../world.js';
import { kubeNamespace, kubePod, kubeService, MemoryKube } from './memory-kube.js';

async function open(...objects: readonly KubeObject[]) {
  const kube = new MemoryKube();
  for (const object of objects) kube.put(object);
  const cluster = await WatchedCluster.open(kube);
  const heard: string[] = [];
  cluster.watch((change) => heard.push(describeChange(change)));
  return { kube, cluster, heard };
}

function describeChange(change: ClusterChange): string {
  const object =
    change.type === 'pod' ? change.pod : change.type === 'service' ? change.service : change.object.metadata;
  return `${change.action} ${change.type} ${object.name}`;
}

function manifest(object: SmiObject, profile: Partial<SmiProfile> = {}): KubeObject {
  const rendered = renderSmi(object, { ...LATEST_PROFILE, ...profile }).manifest;
  assert.ok(rendered);
  return rendered;
}

describe('reference mesh in a cluster: what it sees', () => {
  it('knows pods with a proxy once they can be called, and services with their protocols', async () => {
    const { kube, cluster, heard } = await open(
      kubeNamespace('ns1'),
      kubeService('s'),
      kubePod('plain', { annotations: {} }),
    );
    kube.put(kubePod('s', { status: { phase: 'Pending' } }));
    assert.deepEqual(cluster.pods(), []);
    kube.put(kubePod('s'));
    kube.put({ ...kubePod('s'), spec: { ...(kubePod('s')['spec'] as object), nodeName: 'n' } });
    assert.deepEqual(heard, ['applied pod s']);
    const [pod, ...others] = cluster.pods();
    assert.deepEqual(others, []);
    assert.equal(pod?.ip, '10.1.0.7');
    assert.deepEqual(
      pod.ports.map(({ port, protocol }) => `${protocol}/${port}`),
      ['http/8080', 'udp/8301'],
    );
    const [service] = cluster.services();
    assert.equal(service?.clusterIP, '10.2.0.1');
    assert.deepEqual(
      service.ports.map(({ port, targetPort, protocol }) => `${protocol} ${port} ${targetPort}`),
      ['http 80 8080', 'tcp 8300 8300'],
    );
  });

  it('gives no address to a headless service', async () => {
    const { cluster } = await open(kubeNamespace('ns1'), kubeService('s', 'None'));
    assert.equal(cluster.services()[0]?.clusterIP, undefined);
  });

  it('lets a pod go when its end begins, and says which proxy is gone when it is deleted', async () => {
    const { kube, cluster, heard } = await open(kubeNamespace('ns1'), kubePod('s'));
    const gone: string[] = [];
    cluster.onProxyGone((id) => gone.push(id));
    kube.put(kubePod('s', { deleted: true }));
    assert.deepEqual(heard, ['deleted pod s']);
    assert.deepEqual(gone, []);
    kube.remove(kubePod('s'));
    assert.deepEqual(gone, ['ns1/s/1']);
    assert.deepEqual(heard, ['deleted pod s']);
  });

  it('hears nothing of namespaces that it does not serve, and all of them when it does', async () => {
    const objects = [kubeService('s'), kubePod('s'), manifest(split({ v1: 1 }))];
    const { kube, cluster, heard } = await open(kubeNamespace('ns1', {}), ...objects);
    assert.deepEqual([cluster.objects(), cluster.pods(), cluster.services()], [[], [], []]);
    kube.put(kubeNamespace('ns1'));
    assert.deepEqual(heard.splice(0), ['applied service s', 'applied pod s', 'applied object split']);
    assert.equal(cluster.objects().length, 1);
    kube.put(kubeNamespace('ns1', {}));
    assert.deepEqual(heard, ['deleted service s', 'deleted pod s', 'deleted object split']);
    assert.deepEqual(cluster.objects(), []);
  });

  it('reads each object in the version it was written in, whatever version the API answers', async () => {
    const old = { ...target(['TCPRoute/t']), destination: { kind: 'ServiceAccount', name: 's', port: 8080 } };
    const { cluster } = await open(kubeNamespace('ns1'), manifest(old, { access: 'v1alpha1' }));
    const [object] = cluster.objects();
    assert.ok(object);
    assert.equal(object.apiVersion, 'access.smi-spec.io/v1alpha1');
    assert.deepEqual(fromManifest(object), fromManifest(manifest(old, { access: 'v1alpha1' })));
  });

  it('keeps an object that came after one of the same name, though a watch of another version lags', async () => {
    const { kube, cluster, heard } = await open(kubeNamespace('ns1'), manifest(split({ v1: 1 })));
    const [first] = cluster.objects();
    const late = kube.holdBack('split.smi-spec.io/v1alpha2');
    kube.remove(manifest(split({ v1: 1 })));
    kube.put(manifest(split({ v2: 1 })));
    late.deliver();
    assert.deepEqual(heard, ['deleted object split', 'applied object split']);
    const [second, ...others] = cluster.objects();
    assert.deepEqual(others, []);
    assert.notEqual(second?.metadata['uid'], first?.metadata['uid']);
    kube.remove(manifest(split({ v2: 1 })));
    assert.deepEqual(cluster.objects(), []);
  });

  it('puts older objects first, though an API server lists them by name', async () => {
    const named = (name: string) => manifest(split({ v1: 1 }, { metadata: { name, namespace: 'ns1' } }));
    const { cluster } = await open(kubeNamespace('ns1'), named('z'), named('a'));
    assert.deepEqual(
      cluster.objects().map(({ metadata }) => metadata.name),
      ['z', 'a'],
    );
  });

  it('ends its watches', async () => {
    const { kube, cluster } = await open();
    assert.ok(kube.watcherCount >= 8);
    await cluster[Symbol.asyncDispose]();
    assert.equal(kube.watcherCount, 0);
  });
});
