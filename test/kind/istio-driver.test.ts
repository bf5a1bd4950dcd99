import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDriver } from '../../drivers/contract.js';
import { driver } from '../../drivers/istio/index.js';
import type { ClientRecord } from '../../fixtures/agent/protocol.js';
import { group, http, match, split, target, tcp, tcpRule } from '../../src/cases/objects.js';
import {
  createClusterEnvironment,
  type ClusterEnvironment,
} from '../../src/environments/cluster/cluster-environment.js';
import type { RunningPod } from '../../src/environments/environment.js';
import { agentImageRef, shellImageRef } from '../../src/images/agent-image.js';
import type { Kube } from '../../src/kube/kube.js';
import type { InstalledMesh, PodSpec, Service } from '../../src/mesh/driver.js';
import { LATEST_PROFILE, type KubeObject, type SmiObject } from '../../src/smi/model.js';
import { renderSmi } from '../../src/smi/render/index.js';
import { openTestCluster, type TestCluster } from './cluster.js';

const NS = 'ns1';
const EFFECT_WITHIN_MS = 20_000;
/** Kinds and names of everything cluster-wide that a mesh could leave behind. */
const CLUSTER_WIDE = [
  ['v1', 'Namespace'],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
  ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
] as const;

describe('Istio in a real cluster', function () {
  this.timeout(600_000);
  let cluster: TestCluster;
  let env: ClusterEnvironment;
  let beforehand: readonly string[];

  before(async () => {
    cluster = await openTestCluster();
    beforehand = await clusterWide(cluster.kube);
    env = openEnvironment(cluster.kube);
  });
  after(async () => {
    await env?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  it('keeps the contract of a driver', async () => {
    await testDriver(driver, env);
  });

  describe('installed', () => {
    let mesh: InstalledMesh;
    let pods: Map<string, RunningPod>;
    let inForce: readonly KubeObject[] = [];

    before(async () => {
      mesh = await driver.install(env, { seed: 1, faults: [], options: {} });
      await env.createNamespaces([NS]);
      await mesh.enrol([NS]);
      for (const service of SERVICES) await env.api.applyService(service);
      const started = await env.startPods(PODS, mesh);
      pods = new Map(started.map((one) => [one.pod.name, one]));
    });
    after(async () => {
      await become([]);
      for (const name of pods?.keys() ?? []) await env.stopPod(NS, name);
      await mesh?.[Symbol.asyncDispose]();
    });

    async function become(objects: readonly SmiObject[]): Promise<void> {
      const wanted = objects.map((object) => {
        const { manifest } = renderSmi(object, LATEST_PROFILE);
        assert.ok(manifest !== null);
        return { object, manifest };
      });
      const { objects: next, faithfulness } = await mesh.express(wanted);
      for (const { fidelity, reasons } of faithfulness) assert.equal(fidelity, 'exact', reasons.join('; '));
      const key = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;
      for (const old of inForce.filter((one) => !next.some((other) => key(other) === key(one))))
        await env.api.delete({ ...old, namespace: NS, name: old.metadata.name });
      for (const object of next) assert.equal((await env.api.apply(object)).accepted, true, key(object));
      inForce = next;
    }

    async function call(from: string, to: string, ask: Ask = {}): Promise<readonly ClientRecord[]> {
      const client = pods.get(from);
      assert.ok(client !== undefined);
      const { protocol = 'http', port = protocol === 'tcp' ? 8300 : 8080, count = 1, ...rest } = ask;
      const service = { namespace: NS, name: to, port, protocol };
      const spec = { protocol, ...mesh.address(service, client.pod), timeoutMs: 5_000, ...rest };
      const idPrefix = `${randomBytes(4).toString('hex')}-`;
      return client.agent.batch({ idPrefix, items: [{ cell: to, count, spec }], concurrency: 4, connections: 'new' });
    }

    /** More requests than a proxy keeps connections: each of those answers once more by the policy it was made under. */
    const ENOUGH = 24;
    const allowed = async (from: string, ask: Ask = {}): Promise<boolean> =>
      (await call(from, 'srv', { count: ENOUGH, ...ask })).every(({ ok }) => ok);
    const denied = async (from: string, ask: Ask = {}): Promise<boolean> =>
      (await call(from, 'srv', { count: ENOUGH, ...ask })).every(({ ok }) => !ok);

    async function becomesTrue(what: string, condition: () => Promise<boolean>): Promise<void> {
      const end = performance.now() + EFFECT_WITHIN_MS;
      while (!(await condition()))
        if (performance.now() > end) assert.fail(`not within ${EFFECT_WITHIN_MS} ms: ${what}`);
    }

    it('denies by default, allows whom a target names, and denies again', async () => {
      assert.equal(await denied('c1'), true);
      const objects = [group('g', [match('any', '.*')]), target('t', { from: ['c1'], rules: [http('g')] })];
      await become(objects);
      await becomesTrue('c1 is let in', () => allowed('c1'));
      assert.equal(await denied('c2'), true);
      assert.equal(await denied('c1', { protocol: 'tcp' }), true, 'a route of HTTP lets no stream in');
      await become([]);
      await becomesTrue('c1 is kept out again', () => denied('c1'));
    });

    it('compares paths and methods itself, and lets streams in by TCPRoute alone', async () => {
      await become([
        group('g', [match('m', '/metrics', { methods: ['GET'] }), match('api', '/api/.*')]),
        tcp('p', [8300]),
        target('t', { from: ['c1'], rules: [http('g')] }),
        target('s', { from: ['c2'], rules: [tcpRule('p')] }),
      ]);
      await becomesTrue('GET /metrics is let in', () => allowed('c1', { path: '/metrics' }));
      await becomesTrue('the stream of c2 is let in', () => allowed('c2', { protocol: 'tcp' }));
      assert.equal(await allowed('c1', { path: '/metrics?x=1' }), true);
      assert.equal(await allowed('c1', { path: '/api/x' }), true);
      assert.equal(await denied('c1', { path: '/metrics', method: 'POST' }), true);
      assert.equal(await denied('c1', { path: '/metrics/x' }), true);
      assert.equal(await denied('c1', { protocol: 'tcp' }), true);
      assert.equal(await denied('c2', { path: '/metrics' }), true);
    });

    it('matches expressions through an EnvoyFilter, beside what policies allow', async () => {
      await become([
        group('g', [
          match('class', '/v[0-9]+'),
          match('plain', '/plain'),
          match('header', '/h', { headers: [{ name: 'user-agent', regex: '.*Android.*' }] }),
        ]),
        target('t', { from: ['c1'], rules: [http('g')] }),
      ]);
      assert.deepEqual(
        inForce.map(({ kind }) => kind),
        ['EnvoyFilter', 'AuthorizationPolicy'],
      );
      await becomesTrue('/v12 is let in', () => allowed('c1', { path: '/v12' }));
      // Another object, and perhaps another push.
      await becomesTrue('/plain is let in', () => allowed('c1', { path: '/plain' }));
      assert.equal(await allowed('c1', { path: '/v12?x' }), true);
      assert.equal(await allowed('c1', { path: '/v12' }), true, 'still');
      assert.equal(await allowed('c1', { path: '/h', headers: [['user-agent', 'an Android phone']] }), true);
      assert.equal(await denied('c1', { path: '/h', headers: [['user-agent', 'a phone']] }), true);
      assert.equal(await denied('c1', { path: '/h' }), true);
      assert.equal(await denied('c1', { path: '/vx' }), true);
      assert.equal(await denied('c1', { path: '/v1/x' }), true);
      assert.equal(await denied('c2', { path: '/v12' }), true);
      await become([]);
      await becomesTrue('/v12 is kept out again', () => denied('c1', { path: '/v12' }));
    });

    it('splits requests and streams 80 to 20, and only those that match', async () => {
      await become([...LEAVES_OPEN, split('ts', 'root', { v1: 80, v2: 20 })]);
      // Each proxy hears of its policy by itself, and the split leaves one of them unasked.
      for (const leaf of ['srv', 'v1', 'v2'])
        await becomesTrue(`${leaf} is open`, async () => (await call('c1', leaf)).every(({ ok }) => ok));
      const shareBesideV2 = async (ask: Ask): Promise<number> => {
        const records = await call('c1', 'root', { count: 200, ...ask });
        const answered = records.filter(({ ok }) => ok);
        return answered.length < records.length ? -1 : answered.filter((one) => serverOf(one) !== 'v2').length / 200;
      };
      // 80 % of 200 stays within 68 and 92 but for one run in 30,000; without the split it would be a third.
      const isSplit = (share: number): boolean => share > 0.68 && share < 0.92;
      await becomesTrue('requests are split', async () => isSplit(await shareBesideV2({})));
      await becomesTrue('streams are split', async () => isSplit(await shareBesideV2({ protocol: 'tcp' })));
      await become([
        ...LEAVES_OPEN,
        group('beta', [match('beta', '/beta/.*', { methods: ['GET'] }), match('short', '/')]),
        split('ts', 'root', { v2: 1 }, [{ kind: 'HTTPRouteGroup', name: 'beta' }]),
      ]);
      await becomesTrue('all of /beta goes to v2', async () => (await shareBesideV2({ path: '/beta/x' })) === 0);
      assert.equal(await shareBesideV2({ path: '/' }), 0, 'the shortest of expressions comes before everything else');
      const others = await call('c1', 'root', { count: 60, path: '/other' });
      const failed = others.flatMap(({ ok, status, error }) => (ok ? [] : [`${status ?? ''} ${error?.message ?? ''}`]));
      assert.deepEqual(failed, []);
      assert.deepEqual([...new Set(others.map(serverOf))].toSorted(), ['srv', 'v1', 'v2']);
    });

    it('opens up and closes again by namespace', async () => {
      await become([]);
      await becomesTrue('c1 is kept out', () => denied('c1'));
      assert.equal(await denied('outside'), true);
      await mesh.setMode?.(NS, { mtls: 'permissive', access: 'allow' });
      await becomesTrue('a client outside the mesh is let in', () => allowed('outside'));
      await mesh.setMode?.(NS, { mtls: 'strict', access: 'deny' });
      await becomesTrue('it is kept out again', async () => (await denied('outside')) && (await denied('c1')));
    });

    it('tells certificates, versions and no refusals of its proxies', async () => {
      const proxies = await mesh.proxies();
      assert.deepEqual(proxies.map(({ pod }) => pod).toSorted(), ['c1', 'c2', 'srv', 'v1', 'v2']);
      for (const { pod, certificates = [], acknowledged, rejected } of proxies) {
        assert.deepEqual(rejected, [], pod);
        assert.ok(Object.keys(acknowledged).length >= 2, pod);
        const names = certificates.flatMap((one) => one.names);
        assert.ok(names.includes(`spiffe://cluster.local/ns/${NS}/sa/${pod === 'srv' ? 's' : pod}`), names.join());
      }
    });

    it('writes a bundle with the log of istiod and its view of the proxies', async () => {
      const dir = await mkdtemp(join(tmpdir(), 'mg-istio-'));
      try {
        await mesh.debugBundle(dir);
        const files = await readdir(join(dir, 'istiod'));
        const syncz = files.find((file) => file.endsWith('syncz.json'));
        assert.ok(files.some((file) => file.endsWith('.log')) && syncz !== undefined, files.join());
        assert.match(await readFile(join(dir, 'istiod', syncz), 'utf8'), /srv/);
        assert.match(await readFile(join(dir, 'objects', 'authorizationpolicy.json'), 'utf8'), /meshgauge-default/);
      } finally {
        await rm(dir, { recursive: true });
      }
    });

    it('is refused a second time, unless it is to be used as it is', async () => {
      const problems = await driver.preflight(env, {});
      assert.deepEqual(
        problems.map(({ code }) => code),
        ['E_MESH_PRESENT'],
      );
      assert.deepEqual(await driver.preflight(env, { adopt: 'true' }), []);
    });
  });

  describe('uninstalled', () => {
    it('leaves nothing behind', async () => {
      await env[Symbol.asyncDispose]();
      assert.deepEqual(await clusterWide(cluster.kube), beforehand);
    });
  });
});

interface Ask {
  readonly protocol?: 'http' | 'tcp';
  readonly port?: number;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly count?: number;
}

const PORTS = [
  { name: 'http', port: 8080, protocol: 'http' },
  { name: 'tcp', port: 8300, protocol: 'tcp' },
] as const;
const pod = (name: string, labels: Readonly<Record<string, string>> = {}): PodSpec => ({
  name,
  namespace: NS,
  serviceAccount: name === 'srv' ? 's' : name,
  labels: { app: name, ...labels },
  meshed: name !== 'outside',
  ports: name.startsWith('c') ? [] : PORTS,
});
const PODS = [pod('c1'), pod('c2'), pod('outside'), ...['srv', 'v1', 'v2'].map((name) => pod(name, { leaf: 'yes' }))];
const service = (name: string, selector: Readonly<Record<string, string>>): Omit<Service, 'physicalPorts'> => ({
  name,
  namespace: NS,
  selector,
  ports: PORTS.map((port) => ({ ...port, targetPort: port.port })),
});
const SERVICES = [service('root', { leaf: 'yes' }), ...['srv', 'v1', 'v2'].map((name) => service(name, { app: name }))];
const LEAVES_OPEN: readonly SmiObject[] = [
  group('any', [match('any', '.*')]),
  tcp('any'),
  ...['s', 'v1', 'v2'].flatMap((account) => [
    target(`${account}-http`, { to: account, from: ['c1'], rules: [http('any')] }),
    target(`${account}-tcp`, { to: account, from: ['c1'], rules: [tcpRule('any')] }),
  ]),
];

function serverOf(record: ClientRecord): string | undefined {
  return record.server;
}

function openEnvironment(kube: Kube): ClusterEnvironment {
  const runId = `istio-${randomBytes(3).toString('hex')}`;
  return createClusterEnvironment({
    name: 'kind',
    cluster: {
      kube,
      runId,
      owned: true,
      labels: { 'meshgauge.dev/run': runId },
      // Loaded before the test.
      provideImages: async () => undefined,
      discover: async () => undefined,
    },
    agentImage: process.env.MESHGAUGE_TEST_AGENT_IMAGE ?? agentImageRef(),
    shellImage: shellImageRef(),
    runId,
    keep: false,
    log: () => undefined,
    facts: {},
  });
}

async function clusterWide(kube: Kube): Promise<readonly string[]> {
  const lists = await Promise.all(CLUSTER_WIDE.map(([apiVersion, kind]) => kube.list({ apiVersion, kind })));
  return lists
    .flat()
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
    .toSorted();
}
