import assert from 'node:assert/strict';
import type { ClusterChange } from '../../../../src/environments/environment.js';
import { ClusterStore } from '../../../../src/environments/local/cluster-store.js';
import { type LoopbackBlock, claimLoopbackBlock } from '../../../../src/environments/local/loopback.js';
import { PortMap } from '../../../../src/environments/local/port-map.js';
import { createSeededRandom } from '../../../../fixtures/agent/seeded-random.js';
import { ServiceProxy } from '../../../../src/environments/local/service-proxy.js';
import type { Pod } from '../../../../src/mesh/driver.js';
import type { Json, KubeObject } from '../../../../src/smi/model.js';

const split = (spec: { [key: string]: Json }, version = 'v1alpha4', name = 'ts'): KubeObject => ({
  apiVersion: `split.smi-spec.io/${version}`,
  kind: 'TrafficSplit',
  metadata: { name, namespace: 'ns1' },
  spec,
});
const valid = { service: 'root', backends: [{ service: 'v1', weight: 1 }] };

describe('cluster store', () => {
  let block: LoopbackBlock;
  let proxy: ServiceProxy;
  let store: ClusterStore;
  let changes: ClusterChange[];

  beforeEach(async () => {
    block = await claimLoopbackBlock();
    proxy = new ServiceProxy({
      addresses: block.services,
      ports: new PortMap(block.ownAddress),
      pods: () => store.pods(),
      random: createSeededRandom(1),
    });
    store = new ClusterStore(proxy);
    store.addNamespaces(['ns1', 'ns2']);
    changes = [];
    store.watch((change) => changes.push(change));
  });

  afterEach(async () => {
    await proxy.closeAll();
    await block[Symbol.asyncDispose]();
  });

  it('serves the released versions, newest first', () => {
    assert.deepEqual(store.served('split'), ['v1alpha4', 'v1alpha3', 'v1alpha2', 'v1alpha1']);
    assert.deepEqual(store.served('apps'), []);
  });

  it('stores an admitted object and notifies before apply resolves', async () => {
    const pending = store.apply(split(valid));
    assert.equal(changes.length, 1);
    const outcome = await pending;
    assert.ok(outcome.accepted);
    assert.deepEqual(store.objects(), [outcome.object]);
    assert.deepEqual(outcome.object['spec'], valid);
    assert.ok(Math.abs(outcome.at - Date.now()) < 1_000);
  });

  it('emits nothing for an object that changes nothing, and a new generation for one that does', async () => {
    const first = await store.apply(split(valid));
    const again = await store.apply(split(valid));
    assert.equal(changes.length, 1);
    assert.ok(first.accepted && again.accepted);
    assert.equal(again.object, first.object);
    const changed = await store.apply(split({ ...valid, service: 'root2' }));
    assert.ok(changed.accepted);
    assert.equal(changed.object.metadata['generation'], 2);
    assert.equal(changed.object.metadata['creationTimestamp'], first.object.metadata['creationTimestamp']);
    assert.equal(changes.length, 2);
  });

  it('is not affected by later changes of what was sent', async () => {
    const backends = [{ service: 'v1', weight: 1 }];
    await store.apply(split({ service: 'root', backends }));
    backends[0] = { service: 'v1', weight: 99 };
    assert.deepEqual((store.objects()[0]?.['spec'] as { backends: Json }).backends, [{ service: 'v1', weight: 1 }]);
  });

  it('refuses unknown versions (404), broken objects (422) and what admission denies (403), storing nothing', async () => {
    using _hook = store.addAdmission({
      refuses: ({ metadata }) => (metadata.name === 'bad' ? 'no bad names' : undefined),
    });
    const cases: [KubeObject, number, string, RegExp][] = [
      [
        split(valid, 'v1alpha9'),
        404,
        'version',
        /no matches for kind "TrafficSplit" in version "split.smi-spec.io\/v1alpha9"/,
      ],
      [{ ...split(valid), apiVersion: 'apps/v1' }, 404, 'version', /no matches/],
      [
        split({ service: 'root', backends: [{ service: 'v1', weight: 'much' }] }),
        422,
        'schema',
        /spec\.backends\[0\]\.weight/,
      ],
      [split(valid, 'v1alpha4', 'bad'), 403, 'admission', /no bad names/],
    ];
    for (const [object, code, cause, message] of cases) {
      const outcome = await store.apply(object);
      assert.ok(!outcome.accepted);
      assert.deepEqual([outcome.code, outcome.cause], [code, cause]);
      assert.match(outcome.message, message);
    }
    assert.deepEqual([store.objects(), changes], [[], []]);
  });

  it('asks a removed admission hook no more', async () => {
    const hook = store.addAdmission({ refuses: () => 'never' });
    assert.equal((await store.apply(split(valid))).accepted, false);
    hook[Symbol.dispose]();
    assert.equal((await store.apply(split(valid))).accepted, true);
  });

  it('lets a mesh speak in the place of its schema, and only where it has something to say', async () => {
    const odd = split({ service: 'root', backends: [{ service: 'v1', weight: 'much' }] }, 'v1alpha4', 'odd');
    using _hook = store.addAdmission({
      refuses: () => undefined,
      overrides: (sent) => ({ odd: { ...sent, spec: { stored: true } }, bad: 'no reason' })[sent.metadata.name],
    });
    const stored = await store.apply(odd);
    assert.ok(stored.accepted);
    assert.deepEqual(stored.object['spec'], { stored: true });
    const refused = await store.apply(split(valid, 'v1alpha4', 'bad'));
    assert.ok(!refused.accepted && refused.cause === 'schema' && refused.message.endsWith('is invalid: no reason'));
    assert.ok((await store.apply(split(valid))).accepted);
    assert.equal((await store.apply({ ...odd, metadata: { ...odd.metadata, name: 'other' } })).accepted, false);
  });

  it('prunes what the version does not know: matches on v1alpha2 leave an unconditional split', async () => {
    const matches = [{ kind: 'HTTPRouteGroup', name: 'firefox' }];
    const outcome = await store.apply(split({ ...valid, matches }, 'v1alpha2'));
    assert.ok(outcome.accepted);
    assert.deepEqual(outcome.object['spec'], valid);
  });

  it('keeps one object per name, whatever version it is written in, and deletes it by any', async () => {
    await store.apply(split(valid, 'v1alpha2'));
    await store.apply(split(valid, 'v1alpha4'));
    assert.deepEqual(
      store.objects().map(({ apiVersion }) => apiVersion),
      ['split.smi-spec.io/v1alpha4'],
    );
    const ref = { apiVersion: 'split.smi-spec.io/v1alpha3', kind: 'TrafficSplit', namespace: 'ns1', name: 'ts' };
    assert.equal(await store.delete({ ...ref, namespace: 'ns2' }), false);
    assert.equal(await store.delete(ref), true);
    assert.equal(await store.delete(ref), false);
    assert.deepEqual(
      changes.map((change) => change.action),
      ['applied', 'applied', 'deleted'],
    );
  });

  it('throws for a namespace that nobody created', async () => {
    const lost = { ...split(valid), metadata: { name: 'ts', namespace: 'nowhere' } };
    await assert.rejects(store.apply(lost), { code: 'E_NAMESPACE_UNKNOWN' });
  });

  it('gives services cluster addresses that survive an update and come back after deletion', async () => {
    const spec = {
      name: 'srv',
      namespace: 'ns1',
      selector: { app: 'srv' },
      ports: [
        { port: 8300, targetPort: 8300, protocol: 'tcp' as const },
        { port: 8300, targetPort: 8301, protocol: 'udp' as const },
      ],
    };
    const service = await store.applyService(spec);
    const updated = await store.applyService({ ...spec, selector: { app: 'other' } });
    assert.match(service.clusterIP ?? '', /^127\./);
    assert.equal(updated.clusterIP, service.clusterIP);
    assert.deepEqual([...service.physicalPorts.keys()], ['tcp/8300', 'udp/8300']);
    assert.deepEqual(store.services(), [updated]);
    const other = await store.applyService({ ...spec, name: 'other' });
    assert.notEqual(other.clusterIP, service.clusterIP);
    const headless = await store.applyService({ ...spec, name: 'headless', headless: true });
    assert.equal(headless.clusterIP, undefined);
    assert.equal(await store.deleteService('ns1', 'srv'), true);
    assert.equal(await store.deleteService('ns1', 'srv'), false);
    assert.equal(changes.filter(({ type }) => type === 'service').length, 5);
  });

  it('shows a pod from addPod to removePod, and does not let an old pod remove its successor', () => {
    const pod: Pod = {
      name: 'a',
      namespace: 'ns1',
      serviceAccount: 'a',
      labels: {},
      meshed: true,
      ports: [],
      ip: '127.0.0.2',
      dir: '/nowhere',
      physicalPorts: new Map(),
    };
    store.addPod(pod);
    const successor = { ...pod, ip: '127.0.0.3' };
    store.addPod(successor);
    store.removePod(pod);
    assert.deepEqual(store.pods(), [successor]);
    store.removePod(successor);
    assert.deepEqual(store.pods(), []);
  });
});
