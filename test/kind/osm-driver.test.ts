/**
 * The driver for Open Service Mesh against a real cluster: MESHGAUGE_TEST_KUBECONFIG, or one made for this test.
 * MESHGAUGE_TEST_AGENT_IMAGE: an agent image other than the one of this version.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { testDriver } from '../../drivers/contract.js';
import { TYPE } from '../../drivers/envoy/resource-type.js';
import { findFootprint, keyOf } from '../../drivers/osm/footprint.js';
import { driver } from '../../drivers/osm/index.js';
import {
  createClusterEnvironment,
  type ClusterEnvironment,
} from '../../src/environments/cluster/cluster-environment.js';
import { provideToNodes } from '../../src/environments/engine-images.js';
import { listNodes } from '../../src/environments/kind/kind-cluster.js';
import { pollUntil } from '../../src/environments/local/poll.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import { agentImageRef } from '../../src/images/agent-image.js';
import { RUN_LABEL, type Cluster } from '../../src/kube/cluster.js';
import type { Kube } from '../../src/kube/kube.js';
import type { InstalledMesh, PodSpec, ProxyInfo } from '../../src/mesh/driver.js';
import { openTestCluster, type TestCluster } from './cluster.js';

const INSTALL = { seed: 1, faults: [], options: {} };

describe('driver for Open Service Mesh', function () {
  this.timeout(300_000);
  let testCluster: TestCluster;
  let kube: Kube;
  let scratch: string;
  const environments: ClusterEnvironment[] = [];

  const openEnvironment = (): ClusterEnvironment => {
    const runId = `osm-${randomBytes(3).toString('hex')}`;
    const kindName = kube.context.replace(/^kind-/, '');
    const cluster: Cluster = {
      kube,
      runId,
      owned: false,
      labels: { [RUN_LABEL]: runId },
      provideImages: async (refs) => provideToNodes({ nodes: await listNodes(kindName), refs, log: () => undefined }),
      discover: async () => undefined,
    };
    const agentImage = process.env['MESHGAUGE_TEST_AGENT_IMAGE'] ?? agentImageRef();
    const common = {
      name: 'kind' as const,
      cluster,
      agentImage,
      runId,
      seed: 1,
      keep: false,
      log: () => undefined,
      facts: {},
    };
    const environment = createClusterEnvironment(common);
    environments.push(environment);
    return environment;
  };

  const footprint = async (): Promise<readonly string[]> => (await findFootprint(kube)).map(keyOf);

  before(async () => {
    testCluster = await openTestCluster();
    kube = testCluster.kube;
    scratch = await mkdtemp(join(tmpdir(), 'mg-osm-'));
  });

  afterEach(async () => {
    for (const environment of environments.splice(0)) await environment[Symbol.asyncDispose]();
  });

  after(async () => {
    await rm(scratch, { recursive: true, force: true });
    await testCluster?.[Symbol.asyncDispose]();
  });

  it('fulfils the contract of drivers, and leaves nothing', async () => {
    await testDriver(driver, openEnvironment());
    assert.deepEqual(await footprint(), []);
    assert.equal(await kube.get({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: 'osm-system' }), undefined);
  });

  describe('installed', () => {
    let env: ClusterEnvironment;
    let mesh: InstalledMesh;

    before(async () => {
      env = openEnvironment();
      environments.splice(0); // this one lives longer than one test
      mesh = await driver.install(env, INSTALL);
      await env.createNamespaces(['osm-a', 'osm-b']);
      await mesh.enrol(['osm-a', 'osm-b']);
      await env.api.applyService({
        name: 'web',
        namespace: 'osm-a',
        selector: { app: 'web' },
        ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'http' }],
      });
      await env.startPods(
        [pod('web', 'osm-a'), pod('client', 'osm-b'), { ...pod('outside', 'osm-b'), meshed: false }],
        mesh,
      );
    });

    after(async () => {
      await env?.[Symbol.asyncDispose]();
      await mesh?.[Symbol.asyncDispose]();
      assert.deepEqual(await footprint(), []);
    });

    it('serves only the versions of SMI that it claims', () => {
      const { access, specs, split } = mesh.capabilities;
      assert.deepEqual(env.api.served('access'), access);
      assert.deepEqual(env.api.served('specs'), specs);
      assert.deepEqual(env.api.served('split'), split);
    });

    it('puts a proxy into meshed pods only, and reads each', async () => {
      const proxies = await mesh.proxies();
      assert.deepEqual(proxies.map(({ pod: name }) => name).sort(), ['client', 'web']);
      // The certificate of a workload comes with the first listener or cluster that uses it: a server's own, an allowed client's later.
      const isServed = (proxy: ProxyInfo): boolean =>
        TYPE.listener in proxy.acknowledged &&
        (proxy.pod === 'client' || namesOf(proxy).includes('web.osm-a.cluster.local'));
      await pollUntil(async () => (await mesh.proxies()).every(isServed), {
        deadlineMs: 60_000,
        what: 'a listener in every proxy, and the certificate of the server',
      });
      for (const proxy of await mesh.proxies()) {
        assert.deepEqual(proxy.rejected, []);
        assert.ok(namesOf(proxy).some((name) => name.endsWith(`.${proxy.pod}.${proxy.namespace}.cluster.local`)));
        assert.ok((proxy.residentBytes ?? 0) > 1_000_000);
      }
    });

    it('answers a TLS client only when it introduces itself as the mesh does', async () => {
      const service = { namespace: 'osm-a', name: 'web', port: 8080, protocol: 'http' } as const;
      const { servername = '', alpn = [] } = mesh.handshake?.(service) ?? {};
      const port = 15_003;
      // A chain that matches asks for a certificate, which this client has not; without one there is no chain, and the connection just ends.
      const withName = await tryTls(kube, port, { servername, ALPNProtocols: [...alpn] });
      const without = await tryTls(kube, port, { servername });
      assert.notEqual(withName, without);
    });

    it('gathers logs, objects and what each proxy was told', async () => {
      const dir = join(scratch, 'bundle');
      await mesh.debugBundle(dir);
      const logs = await readdir(join(dir, 'logs'));
      for (const part of ['controller', 'injector', 'bootstrap'])
        assert.ok(
          logs.some((file) => file.startsWith(`osm-${part}-`)),
          `no log of ${part} in ${logs.join()}`,
        );
      assert.match(await readFile(join(dir, 'mesh-config.yaml'), 'utf8'), /enablePermissiveTrafficPolicyMode: false/);
      assert.match(await readFile(join(dir, 'cluster-objects.yaml'), 'utf8'), /osm-webhook-osm/);
      assert.match(await readFile(join(dir, 'proxies/osm-a/web/config-dump.json'), 'utf8'), /ListenersConfigDump/);
    });

    it('is refused a second time, and can be adopted, which leaves it in place', async () => {
      const other = openEnvironment();
      const codes = (await driver.preflight(other)).map(({ code }) => code);
      assert.deepEqual(codes, ['E_MESH_PRESENT']);
      const options = { adopt: 'true' };
      assert.deepEqual(await driver.preflight(other, options), []);
      const adopted = await driver.install(other, { ...INSTALL, options });
      assert.deepEqual(await adopted.proxies(), [], 'pods of another run');
      const before = await footprint();
      await adopted[Symbol.asyncDispose]();
      assert.deepEqual(await footprint(), before);
      assert.equal((await mesh.proxies()).length, 2);
    });

    it('refuses to adopt a mesh that lets everything through', async () => {
      const ref = {
        apiVersion: 'config.openservicemesh.io/v1alpha2',
        kind: 'MeshConfig',
        namespace: 'osm-system',
        name: 'osm-mesh-config',
      };
      const setMode = (on: boolean): Promise<unknown> =>
        kube.patch(ref, { spec: { traffic: { enablePermissiveTrafficPolicyMode: on } } });
      await setMode(true);
      try {
        const codes = (await driver.preflight(openEnvironment(), { adopt: 'true' })).map(({ code }) => code);
        assert.deepEqual(codes, ['E_MESH_MODE']);
      } finally {
        await setMode(false);
      }
    });

    it('carries the refusal of the validating webhook', async () => {
      const outcome = await env.api.apply({
        apiVersion: 'access.smi-spec.io/v1alpha3',
        kind: 'TrafficTarget',
        metadata: { name: 'elsewhere', namespace: 'osm-a' },
        spec: {
          destination: { kind: 'ServiceAccount', name: 'client', namespace: 'osm-b' },
          sources: [{ kind: 'ServiceAccount', name: 'web', namespace: 'osm-a' }],
          rules: [{ kind: 'TCPRoute', name: 'any' }],
        },
      });
      assert.equal(outcome.accepted, false);
      assert.equal(outcome.cause, 'admission', outcome.message);
    });
  });

  it('says which part of the control plane does not come up, and takes all of it away', async () => {
    const values = await valuesFile({
      osm: { osmController: { resource: { requests: { cpu: '900' }, limits: { cpu: '900' } } } },
    });
    const error = await failureOf(
      driver.install(openEnvironment(), { ...INSTALL, options: { values, 'ready-timeout': '15' } }),
    );
    assert.equal(error.code, 'E_MESH_NOT_READY');
    assert.match(error.message, /osm-controller-\S+: not placed on a node: .*Insufficient cpu/);
    const bundle = /are in (\S+)/.exec(error.hint)?.[1] ?? '';
    assert.match(await readFile(join(bundle, 'pods.yaml'), 'utf8'), /osm-controller/);
    await rm(bundle, { recursive: true });
    assert.deepEqual(await footprint(), []);
  });

  it('does not wait for an image that nobody can pull', async () => {
    const values = await valuesFile({ osm: { image: { name: { osmInjector: 'no-such-image' } } } });
    const start = performance.now();
    const error = await failureOf(driver.install(openEnvironment(), { ...INSTALL, options: { values } }));
    assert.equal(error.code, 'E_MESH_NOT_READY');
    assert.match(error.message, /no-such-image\S* cannot be had/);
    assert.ok(performance.now() - start < 150_000, 'gives up before the deadline of 180 s');
    await rm(/are in (\S+)/.exec(error.hint)?.[1] ?? '', { recursive: true });
    assert.deepEqual(await footprint(), []);
  });

  it('refuses definitions of another mesh, and leaves them alone', async () => {
    const name = 'trafficsplits.split.smi-spec.io';
    await kube.apply(foreignSplits(name));
    try {
      for (const options of [{}, { adopt: 'true' }]) {
        const problems = await driver.preflight(openEnvironment(), options);
        assert.ok(
          problems.some(({ code, message }) => code === 'E_SMI_VERSIONS' && message.includes(name)),
          JSON.stringify(problems),
        );
      }
      assert.deepEqual(await footprint(), [`CustomResourceDefinition ${name}`]);
    } finally {
      const ref = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', namespace: '', name };
      await kube.delete(ref, { waitMs: 30_000 });
    }
  });

  async function valuesFile(values: unknown): Promise<string> {
    const file = join(scratch, `values-${randomBytes(3).toString('hex')}.yaml`);
    await writeFile(file, JSON.stringify(values)); // JSON is YAML
    return file;
  }
});

function namesOf({ certificates = [] }: ProxyInfo): readonly string[] {
  return certificates.flatMap(({ names }) => names);
}

function pod(name: string, namespace: string): PodSpec {
  const ports = name === 'web' ? [{ name: 'http', port: 8080, protocol: 'http' as const }] : [];
  return { name, namespace, serviceAccount: name, labels: { app: name }, meshed: true, ports };
}

async function failureOf(promise: Promise<unknown>): Promise<HarnessError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof HarnessError, String(error));
  return error;
}

async function tryTls(
  kube: Kube,
  port: number,
  options: { servername: string; ALPNProtocols?: string[] },
): Promise<string> {
  const socket = await kube.connect({ namespace: 'osm-a', pod: 'web' }, port);
  return new Promise((resolve) => {
    const tls = connectTls({ socket, rejectUnauthorized: false, ...options });
    tls.on('secureConnect', () => resolve('secured'));
    tls.on('error', (error: Error) => resolve(error.message));
    tls.on('close', () => resolve('closed'));
  });
}

function foreignSplits(name: string): Parameters<Kube['apply']>[0] {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group: 'split.smi-spec.io',
      scope: 'Namespaced',
      names: { kind: 'TrafficSplit', listKind: 'TrafficSplitList', plural: 'trafficsplits', singular: 'trafficsplit' },
      versions: [{ name: 'v1alpha4', served: true, storage: true, schema }],
    },
  };
}
