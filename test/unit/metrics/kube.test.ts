import assert from 'node:assert/strict';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createAuthority } from '../../../src/certificates/authority.js';
import { KubeError, type KindRef } from '../../../src/kube/kube.js';
import { createAggregatedServer, metricsApiService, readAggregator } from '../../../src/metrics/aggregated.js';
import { kubeEndpoint } from '../../../src/metrics/endpoint.js';
import { readKubeTopology } from '../../../src/metrics/kube-topology.js';
import { SHIM_CONFIG_FILE, ShimConfigSchema, shimHost, shimManifests } from '../../../src/metrics/shim-manifests.js';
import type { Json, KubeObject } from '../../../src/smi/model.js';

const object = (
  name: string,
  rest: Readonly<Record<string, Json>> = {},
  metadata: Readonly<Record<string, Json>> = {},
): KubeObject => ({
  ...{ apiVersion: 'v1', kind: 'Any', metadata: { name, namespace: 'shop', ...metadata } },
  ...rest,
});
const ownedBy = (kind: string, name: string, controller = true): Readonly<Record<string, Json>> => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: '1', controller }],
});
const LABELS = { labels: { app: 'web' } };
const THERE: Readonly<Record<string, readonly KubeObject[]>> = {
  Namespace: [object('shop', {}, { namespace: undefined as never, labels: { team: 'a' } })],
  Node: [object('node-1', {}, { namespace: undefined as never })],
  Pod: [
    object(
      'web-1',
      { spec: { nodeName: 'node-1', serviceAccountName: 'web' } },
      { ...LABELS, ...ownedBy('ReplicaSet', 'web-5f') },
    ),
    object('alone', { spec: {} }, ownedBy('ReplicaSet', 'web-5f', false)),
  ],
  ReplicaSet: [object('web-5f', {}, { ...LABELS, ...ownedBy('Deployment', 'web') })],
  Deployment: [object('web', {}, LABELS), object('empty')],
  Service: [object('web', { spec: { selector: { app: 'web' } } }), object('external', { spec: {} })],
  TrafficSplit: [
    object('canary', { spec: { service: 'web', backends: [{ service: 'a', weight: 1 }] } }),
    object('broken', { spec: { backends: 'none' } }),
  ],
};
const kube = (forbidden: readonly string[] = []) => ({
  servedVersions: async () => ['v1alpha4', 'v1alpha3'],
  list: async ({ kind }: KindRef): Promise<readonly KubeObject[]> => {
    if (forbidden.includes(kind)) throw new KubeError({ status: 403, reason: 'Forbidden', message: 'no' });
    if (kind === 'Job') throw new KubeError({ status: 404, reason: 'KindNotServed', message: 'no' });
    return THERE[kind] ?? [];
  },
});

describe('resources of a cluster', () => {
  it('contain the pods that they control, directly or not', async () => {
    const topology = await readKubeTopology(kube());
    const { resources, splits } = topology;
    const pods = (type: string, name: string): readonly string[] | undefined => {
      const found = resources.find((one) => one.type === type && one.name === name);
      return found && [...found.pods];
    };
    assert.deepEqual(pods('deployments', 'web'), ['shop/web-1']);
    assert.deepEqual(pods('replicasets', 'web-5f'), ['shop/web-1']);
    assert.deepEqual(pods('deployments', 'empty'), []);
    assert.deepEqual(pods('services', 'web'), ['shop/web-1']);
    assert.deepEqual(pods('services', 'external'), []);
    assert.deepEqual(pods('namespaces', 'shop'), ['shop/web-1', 'shop/alone']);
    assert.deepEqual(pods('nodes', 'node-1'), ['shop/web-1']);
    assert.deepEqual(
      splits.map(({ metadata }) => metadata.name),
      ['canary'],
    );
    assert.deepEqual([...topology.podsOf({ namespace: 'shop', serviceAccount: 'web' })], ['shop/web-1']);
    assert.deepEqual(resources.find(({ type }) => type === 'namespaces')?.labels, { team: 'a' });
  });

  it('are left out where one may not see them', async () => {
    const { resources } = await readKubeTopology(kube(['Node', 'Deployment']));
    assert.ok(resources.every(({ labels, type }) => type !== 'deployments' || Object.keys(labels).length === 0));
    assert.ok(resources.some(({ type }) => type === 'pods'));
  });

  it('are not made up when the API fails', async () => {
    const failing = {
      ...kube(),
      list: async () => Promise.reject(new KubeError({ status: 500, reason: '', message: 'down' })),
    };
    await assert.rejects(readKubeTopology(failing), /down/);
  });
});

describe('an API server that aggregates the metrics API', () => {
  it('is asked by path, as whoever asks, and its refusals are answers', async () => {
    const asked: unknown[] = [];
    const endpoint = kubeEndpoint(
      {
        raw: async (path, as) => {
          asked.push([path, as]);
          if (as !== undefined) throw new KubeError({ status: 403, reason: 'Forbidden', message: 'no' });
          return { kind: 'APIGroup' };
        },
      },
      { source: 'native', lagMs: 1 },
    );
    assert.deepEqual(await endpoint.get('/apis/x'), { status: 200, body: { kind: 'APIGroup' } });
    assert.equal((await endpoint.get('/apis/x', 'somebody')).status, 403);
    assert.deepEqual(asked, [
      ['/apis/x', undefined],
      ['/apis/x', 'somebody'],
    ]);
    const gone = kubeEndpoint(
      { raw: () => Promise.reject(new KubeError({ status: 0, reason: '', message: 'gone' })) },
      endpoint,
    );
    await assert.rejects(gone.get('/apis/x'), /gone/);
  });

  it('says by what it introduces itself', async () => {
    const data = { 'requestheader-client-ca-file': 'PEM', 'requestheader-allowed-names': '["front-proxy"]' };
    const told = await readAggregator({ get: async () => object('x', { data }) });
    assert.deepEqual(told, { clientCaPem: 'PEM', clientNames: ['front-proxy'] });
    await assert.rejects(readAggregator({ get: async () => undefined }), { code: 'E_METRICS_API' });
  });

  it('is the only one that is answered', async () => {
    const [own, aggregator, stranger] = await Promise.all(
      ['own.test', 'front.test', 'other.test'].map((name) => createAuthority(name)),
    );
    assert.ok(own && aggregator && stranger);
    const certificate = await own.issue({
      spiffeId: 'spiffe://own.test/metrics',
      dnsNames: ['metrics.shop.svc'],
      ttlMs: 60_000,
    });
    const client = (authority: typeof own, domain: string) =>
      authority.issue({ spiffeId: `spiffe://${domain}/front`, ttlMs: 60_000 });
    const [front, other] = await Promise.all([client(aggregator, 'front.test'), client(stranger, 'other.test')]);
    const ask = async (
      clientNames: readonly string[],
      identity?: { certPem: string; keyPem: string },
    ): Promise<number> => {
      const answer = async () => ({ status: 200, body: {} });
      const server = createAggregatedServer({ get: answer }, certificate, {
        clientCaPem: aggregator.caPem,
        clientNames,
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        return await new Promise<number>((resolve, reject) => {
          const call = request({
            ...{
              host: '127.0.0.1',
              port: (server.address() as AddressInfo).port,
              servername: 'metrics.shop.svc',
              agent: false,
            },
            ...{ ca: own.caPem, ...(identity && { cert: identity.certPem, key: identity.keyPem }) },
          });
          call.on('response', (response) => {
            assert.ok((response.socket as TLSSocket).authorized);
            resolve(response.resume().statusCode ?? 0);
          });
          call.on('error', reject);
          call.end();
        });
      } finally {
        server.close();
      }
    };
    assert.equal(await ask([], front), 200);
    assert.equal(await ask(['front-proxy-client'], front), 403);
    await assert.rejects(ask([], other));
    await assert.rejects(ask([]));
  });
});

describe('manifests of the shim', () => {
  const config = { mesh: 'reference', windowMs: 30_000, certPem: 'CERT', keyPem: 'KEY' };
  const objects = shimManifests(config, { namespace: 'obs', image: 'shim:1', caPem: 'CA' });
  const of = (kind: string): Record<string, Json> => {
    const found = objects.find((one) => one.kind === kind);
    assert.ok(found, kind);
    return found as unknown as Record<string, Json>;
  };

  it('lead the API server to the pod, and the pod to the proxies', () => {
    const text = (value: unknown): string => JSON.stringify(value);
    assert.deepEqual(of('APIService')['spec'], {
      ...{ group: 'metrics.smi-spec.io', version: 'v1alpha1', groupPriorityMinimum: 100, versionPriority: 100 },
      caBundle: Buffer.from('CA').toString('base64'),
      service: { namespace: 'obs', name: 'metrics-shim', port: 443 },
    });
    assert.equal(shimHost('obs'), 'metrics-shim.obs.svc');
    assert.match(text(of('ClusterRole')['rules']), /pods\/portforward/);
    assert.match(text(of('RoleBinding')), /extension-apiserver-authentication-reader/);
    assert.match(text(of('Deployment')), /"image":"shim:1"/);
    const { 'config.json': written } = of('Secret')['stringData'] as Record<string, string>;
    assert.deepEqual(ShimConfigSchema.parse(JSON.parse(written ?? '')), config);
    assert.match(text(of('Deployment')), new RegExp(`"mountPath":"${SHIM_CONFIG_FILE.replace('/config.json', '')}"`));
    assert.equal(objects.at(-1)?.kind, 'APIService');
  });

  it('name the APIService after version and group', () => {
    assert.equal(
      metricsApiService({}, 'CA', { namespace: 'x', name: 'y', port: 1 }).metadata.name,
      'v1alpha1.metrics.smi-spec.io',
    );
  });
});
