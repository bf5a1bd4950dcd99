/**
 * The metrics shim as an API of a cluster, over the proxies of Open Service Mesh: what `meshgauge metrics manifest` prints is applied, and
 * the API server is asked. MESHGAUGE_TEST_KUBECONFIG: a cluster of kind to use, else one is made.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { driver } from '../../drivers/osm/index.js';
import type { ClusterEnvironment } from '../../src/environments/cluster/cluster-environment.js';
import type { RunningPod } from '../../src/environments/environment.js';
import { provideToNodes } from '../../src/environments/engine-images.js';
import { listNodes } from '../../src/environments/kind/kind-cluster.js';
import { pollUntil } from '../../src/environments/local/poll.js';
import { metricsShimImage } from '../../src/images/agent-image.js';
import { RUN_LABEL } from '../../src/kube/cluster.js';
import { KubeError, type Kube } from '../../src/kube/kube.js';
import type { InstalledMesh, PodSpec } from '../../src/mesh/driver.js';
import { readAnswer, type Reading } from '../../src/metrics/read-answer.js';
import { API_VERSION } from '../../src/metrics/resources.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import type { KubeObject } from '../../src/smi/model.js';
import { openTestCluster, type TestCluster } from './cluster.js';
import { openEnvironment } from './environment.js';

const CLI = join(PACKAGE_ROOT, 'dist/src/cli/main.js');
const HOME = 'shim-home';
const SHOP = 'shim-shop';
const REQUESTS = 30;
/** Deployments begin, the API server looks at the new API now and then, and proxies add up what they counted. */
const WITHIN_MS = 90_000;

const pod = (name: string): PodSpec => ({
  ...{ name, namespace: SHOP, serviceAccount: name, labels: { app: name }, meshed: true },
  ports: name === 'web' ? [{ name: 'http', port: 8080, protocol: 'http' }] : [],
});
const POLICY: readonly KubeObject[] = [
  {
    ...{ apiVersion: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup' },
    metadata: { name: 'all', namespace: SHOP },
    spec: { matches: [{ name: 'all', pathRegex: '.*', methods: ['*'] }] },
  },
  {
    ...{ apiVersion: 'access.smi-spec.io/v1alpha3', kind: 'TrafficTarget' },
    metadata: { name: 'client', namespace: SHOP },
    spec: {
      destination: { kind: 'ServiceAccount', name: 'web', namespace: SHOP },
      sources: [{ kind: 'ServiceAccount', name: 'client', namespace: SHOP }],
      rules: [{ kind: 'HTTPRouteGroup', name: 'all', matches: ['all'] }],
    },
  },
];

describe('the metrics shim in a cluster', function () {
  this.timeout(300_000);
  let testCluster: TestCluster;
  let kube: Kube;
  let env: ClusterEnvironment;
  let mesh: InstalledMesh;
  let started: readonly RunningPod[];
  let manifests: readonly KubeObject[] = [];

  before(async () => {
    testCluster = await openTestCluster();
    kube = testCluster.kube;
    const runId = `shim-${randomBytes(3).toString('hex')}`;
    const nodes = await listNodes(kube.context.replace(/^kind-/, ''));
    const provideImages = (refs: readonly string[]) => provideToNodes({ nodes, refs, log: () => undefined });
    const cluster = { kube, runId, owned: false, labels: { [RUN_LABEL]: runId }, discover: async () => undefined };
    env = openEnvironment(testCluster, runId, { cluster: { ...cluster, provideImages } });
    mesh = await driver.install(env, { seed: 1, faults: [], options: {} });
    await env.createNamespaces([SHOP]);
    await mesh.enrol([SHOP]);
    const ports = [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'http' as const }];
    await env.api.applyService({ name: 'web', namespace: SHOP, selector: { app: 'web' }, ports });
    started = await env.startPods([pod('web'), pod('client')], mesh);
    for (const object of POLICY) assert.ok((await env.api.apply(object)).accepted, object.kind);

    await execa('node', [CLI, 'images', 'build', '--only', 'metrics-shim']);
    await provideImages([metricsShimImage().ref]);
    const flags = ['--mesh', 'osm', '--namespace', HOME, '--window', '60s'];
    const { stdout } = await execa('node', [CLI, 'metrics', 'manifest', ...flags]);
    manifests = parseAllDocuments(stdout).map((document) => document.toJS() as KubeObject);
    for (const object of manifests) await kube.apply(object);
  });

  after(async () => {
    for (const { apiVersion, kind, metadata } of [...manifests].reverse()) {
      const ref = { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
      await kube.delete(ref, kind === 'Namespace' ? { waitMs: WITHIN_MS } : {});
    }
    await env?.[Symbol.asyncDispose]();
    await mesh?.[Symbol.asyncDispose]();
    await testCluster?.[Symbol.asyncDispose]();
  });

  const ask = async (path: string): Promise<readonly Reading[]> =>
    readAnswer(await kube.raw(`/apis/${API_VERSION}/namespaces/${SHOP}${path}`));
  const call = async (): Promise<void> => {
    const client = started.find(({ pod: { name } }) => name === 'client');
    assert.ok(client);
    const service = { namespace: SHOP, name: 'web', port: 8080, protocol: 'http' } as const;
    const spec = { protocol: 'http' as const, ...mesh.address(service, client.pod), timeoutMs: 4_000 };
    const send = async (cell: string, count: number): Promise<boolean> => {
      const job = { idPrefix: `${cell}-${randomBytes(3).toString('hex')}-`, items: [{ cell, count, spec }] };
      return (await client.agent.batch({ ...job, concurrency: 2, connections: 'new' })).every(({ ok }) => ok);
    };
    await pollUntil(() => send('try', 1), { deadlineMs: 60_000, what: 'the client to be let in' });
    assert.ok(await send('count', REQUESTS));
  };

  it('is asked by the API server, and counts what pods served and who asked', async () => {
    await pollUntil(
      async () => {
        try {
          return (await ask('/pods')).length === 2;
        } catch (error) {
          if (error instanceof KubeError) return false;
          throw error;
        }
      },
      { deadlineMs: WITHIN_MS, what: 'the API server to answer for the shim' },
    );
    await call();
    const servedBy = async (name: string): Promise<number> => (await ask(`/pods/${name}`))[0]?.success ?? 0;
    await pollUntil(async () => (await servedBy('web')) >= REQUESTS, {
      deadlineMs: WITHIN_MS,
      what: 'the requests to be counted',
    });
    assert.equal(await servedBy('client'), 0);
    const [edge, ...others] = await ask('/pods/web/edges');
    assert.deepEqual(others, []);
    const { direction, side, resource } = edge?.metrics.edge ?? {};
    assert.deepEqual([direction, side, resource?.name], ['from', 'client', 'client']);
    assert.ok((edge?.success ?? 0) >= REQUESTS);
  });

  it('is found by whoever looks for APIs, and closed to users without a role', async () => {
    const { resources } = (await kube.raw(`/apis/${API_VERSION}`)) as { resources: readonly { name: string }[] };
    assert.ok(resources.some(({ name }) => name === 'pods'));
    const path = `/apis/${API_VERSION}/namespaces/${SHOP}/pods`;
    await assert.rejects(kube.raw(path, 'nobody-of-note'), { status: 403 });
  });
});
