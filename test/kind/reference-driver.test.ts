/** The reference mesh in a real cluster: MESHGAUGE_TEST_KUBECONFIG, or one made for this test. Its images must be in the container engine. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDriver } from '../../drivers/contract.js';
import { createReferenceDriver } from '../../drivers/reference/index.js';
import { MESH_LABEL } from '../../drivers/reference/in-cluster/control-protocol.js';
import {
  createClusterEnvironment,
  type ClusterEnvironment,
} from '../../src/environments/cluster/cluster-environment.js';
import { provideToNodes } from '../../src/environments/engine-images.js';
import { listNodes } from '../../src/environments/kind/kind-cluster.js';
import { pollUntil } from '../../src/environments/local/poll.js';
import { agentImageRef, shellImageRef } from '../../src/images/agent-image.js';
import { RUN_LABEL, type Cluster } from '../../src/kube/cluster.js';
import type { Kube } from '../../src/kube/kube.js';
import type { InstalledMesh, PodSpec } from '../../src/mesh/driver.js';
import { crdManifests } from '../../src/smi/crds.js';
import type { ObjectRef } from '../../src/smi/model.js';
import { openTestCluster, type TestCluster } from './cluster.js';

const INSTALL = { seed: 1, faults: [], options: {} };
const SERVICE = { namespace: 'ref-a', name: 'web', port: 8080, protocol: 'http' } as const;
const DEADLINE_MS = 30_000;

describe('reference mesh in a cluster', function () {
  this.timeout(300_000);
  const driver = createReferenceDriver();
  let testCluster: TestCluster;
  let kube: Kube;

  const openEnvironment = (): ClusterEnvironment => {
    const runId = `ref-${randomBytes(3).toString('hex')}`;
    const kindName = kube.context.replace(/^kind-/, '');
    const cluster: Cluster = {
      kube,
      runId,
      owned: false,
      labels: { [RUN_LABEL]: runId },
      provideImages: async (refs) => provideToNodes({ nodes: await listNodes(kindName), refs, log: () => undefined }),
      discover: async () => undefined,
    };
    return createClusterEnvironment({
      name: 'kind',
      cluster,
      agentImage: agentImageRef(),
      shellImage: shellImageRef(),
      runId,
      keep: false,
      log: () => undefined,
      facts: {},
    });
  };

  /** What the mesh leaves in the cluster, by name. */
  const footprint = async (): Promise<readonly string[]> => {
    const refs: ObjectRef[] = [
      { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: 'meshgauge-reference' },
      ...crdManifests().map(({ apiVersion, kind, metadata }) => ({
        apiVersion,
        kind,
        namespace: '',
        name: metadata.name,
      })),
      ...['ClusterRole', 'ClusterRoleBinding'].map((kind) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind,
        namespace: '',
        name: 'meshgauge-reference-control-plane',
      })),
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        namespace: '',
        name: 'meshgauge-reference',
      },
    ];
    const there = await Promise.all(refs.map((ref) => kube.get(ref)));
    return there.flatMap((object) => (object === undefined ? [] : [`${object.kind} ${object.metadata.name}`]));
  };

  before(async () => {
    testCluster = await openTestCluster();
    kube = testCluster.kube;
  });
  after(async () => {
    await testCluster?.[Symbol.asyncDispose]();
  });

  it('fulfils the contract of drivers, and leaves nothing', async () => {
    await using env = openEnvironment();
    await testDriver(driver, env);
    assert.deepEqual(await footprint(), []);
  });

  describe('installed', () => {
    let env: ClusterEnvironment;
    let mesh: InstalledMesh;
    let call: (client: string) => Promise<boolean>;

    before(async () => {
      env = openEnvironment();
      mesh = await driver.install(env, INSTALL);
      await env.createNamespaces(['ref-a', 'ref-b']);
      await mesh.enrol(['ref-a', 'ref-b']);
      await env.api.applyService({
        name: 'web',
        namespace: 'ref-a',
        selector: { app: 'web' },
        ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'http' }],
      });
      const started = await env.startPods(
        [pod('web', 'ref-a'), pod('client', 'ref-b'), { ...pod('outside', 'ref-b'), meshed: false }],
        mesh,
      );
      call = async (name) => {
        const client = started.find((running) => running.pod.name === name);
        assert.ok(client);
        const spec = { protocol: 'http' as const, ...mesh.address(SERVICE, client.pod), timeoutMs: 4_000 };
        const job = { idPrefix: `${name}-${randomBytes(3).toString('hex')}-`, items: [{ cell: name, count: 1, spec }] };
        return (await client.agent.batch({ ...job, concurrency: 1, connections: 'new' })).every(({ ok }) => ok);
      };
    });
    after(async () => {
      await mesh?.[Symbol.asyncDispose]();
      await env?.[Symbol.asyncDispose]();
      assert.deepEqual(await footprint(), []);
    });

    it('serves every released version of SMI, and keeps what each can say', async () => {
      assert.deepEqual(env.api.served('access'), ['v1alpha3', 'v1alpha2', 'v1alpha1']);
      assert.ok((await env.api.apply(routes('all', '.*'))).accepted);
      const outcome = await env.api.apply(target('v1alpha2', { port: 8080 }));
      assert.ok(outcome.accepted);
      const { kind, apiVersion, metadata } = outcome.object;
      const stored = await kube.get({ kind, apiVersion, namespace: 'ref-a', name: metadata.name });
      assert.deepEqual(stored?.['spec'], target('v1alpha2', { port: 8080 })['spec']);
    });

    it('lets in whom a target names, through iptables and mutual TLS, and nobody else', async () => {
      await pollUntil(() => call('client'), { deadlineMs: DEADLINE_MS, what: 'the allowed client' });
      assert.equal(await call('outside'), false);
      const ref = {
        apiVersion: 'access.smi-spec.io/v1alpha2',
        kind: 'TrafficTarget',
        namespace: 'ref-a',
        name: 'allow',
      };
      assert.ok(await env.api.delete(ref));
      await pollUntil(async () => !(await call('client')), { deadlineMs: DEADLINE_MS, what: 'the end of the grant' });
    });

    it('takes plaintext when it is told to, and renews certificates', async () => {
      await mesh.setMode?.('ref-a', { mtls: 'permissive', access: 'allow' });
      await pollUntil(() => call('outside'), { deadlineMs: DEADLINE_MS, what: 'the client outside the mesh' });
      const serials = async (): Promise<readonly string[]> =>
        (await mesh.proxies()).flatMap(({ certificates = [] }) => certificates.map(({ serial }) => serial));
      const before = await serials();
      await mesh.rotateCertificates?.();
      const after = await serials();
      assert.ok(before.length > 0);
      assert.ok(after.some((serial) => !before.includes(serial)));
    });

    it('reads each proxy, and tells what it serves it', async () => {
      const proxies = await mesh.proxies();
      assert.deepEqual(proxies.map(({ pod: name }) => name).sort(), ['client', 'web']);
      assert.deepEqual(
        proxies.flatMap(({ rejected }) => rejected),
        [],
      );
      const dir = await mkdtemp(join(tmpdir(), 'mg-ref-'));
      try {
        await mesh.debugBundle(dir);
        assert.match(await readFile(join(dir, 'control-plane.log'), 'utf8'), /faults: none/);
        assert.match(await readFile(join(dir, 'ref-a/web/served.json'), 'utf8'), /15006/);
        assert.match(await readFile(join(dir, 'ref-a/web/config-dump.json'), 'utf8'), /ListenersConfigDump/);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    });

    it('refuses an expression that no proxy can run', async () => {
      const outcome = await env.api.apply(routes('odd', '(?=a)b'));
      assert.equal(outcome.accepted, false);
      assert.equal(outcome.cause, 'admission');
    });

    it('refuses a cluster with CRDs of somebody else, and lets namespaces go at its end', async () => {
      const codes = (await driver.preflight(openEnvironment())).map(({ code }) => code);
      assert.deepEqual(codes, ['E_REFERENCE_CRDS']);
      await mesh[Symbol.asyncDispose]();
      const namespace = await kube.get({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: 'ref-a' });
      assert.ok(namespace);
      assert.ok(!(MESH_LABEL in (namespace.metadata['labels'] as object)));
    });
  });
});

function pod(name: string, namespace: string): PodSpec {
  const ports = name === 'web' ? [{ name: 'http', port: 8080, protocol: 'http' as const }] : [];
  return { name, namespace, serviceAccount: name, labels: { app: name }, meshed: true, ports };
}

function routes(name: string, pathRegex: string) {
  return {
    apiVersion: 'specs.smi-spec.io/v1alpha4',
    kind: 'HTTPRouteGroup',
    metadata: { name, namespace: 'ref-a' },
    spec: { matches: [{ name: 'only', pathRegex, methods: ['*'] }] },
  };
}

function target(version: string, destination: { readonly port?: number }) {
  return {
    apiVersion: `access.smi-spec.io/${version}`,
    kind: 'TrafficTarget',
    metadata: { name: 'allow', namespace: 'ref-a' },
    spec: {
      destination: { kind: 'ServiceAccount', name: 'web', namespace: 'ref-a', ...destination },
      sources: [{ kind: 'ServiceAccount', name: 'client', namespace: 'ref-b' }],
      rules: [{ kind: 'HTTPRouteGroup', name: 'all' }],
    },
  };
}
