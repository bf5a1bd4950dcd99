/** The environment in a real cluster. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import type { ClientProtocol, ClientRecord } from '../../fixtures/agent/protocol.js';
import { driver as none } from '../../drivers/none/index.js';
import type { ClusterEnvironment } from '../../src/environments/cluster/cluster-environment.js';
import type { ClusterChange, PodFailure, RunningPod } from '../../src/environments/environment.js';
import { pollUntil } from '../../src/environments/local/poll.js';
import { runDirOf } from '../../src/environments/local/run-state.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import { RUN_LABEL } from '../../src/kube/cluster.js';
import type { InstalledMesh, PodPlan, PodSpec, Redirection, Sidecar } from '../../src/mesh/driver.js';
import type { KubeObject } from '../../src/smi/model.js';
import { loadWorkloadSet } from '../../src/workloads/workload-set.js';
import { plainMesh } from '../e2e/local-environment/plain-mesh.js';
import { type TestCluster, openTestCluster } from './cluster.js';
import { agentImage, openEnvironment } from './environment.js';

const AGENT_USER_ID = 65_532;

const isError = (code: string, text: RegExp) => (error: unknown) => {
  assert(error instanceof HarnessError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, text);
  return error.hint !== '';
};

/** A mesh that changes plans in one way. */
function meshThat(change: (plan: PodPlan) => Partial<PodPlan>): InstalledMesh {
  return { ...plainMesh(), decorate: async (plan) => ({ ...plan, ...change(plan) }) };
}

/** A program of the agent's image beside the agent. */
function nodeSidecar(script: string, over: Partial<Sidecar> = {}): Sidecar {
  const base = { name: 'beside', image: agentImage, command: '/usr/local/bin/node', args: ['-e', script] };
  return { ...base, files: [], ready: async () => true, ...over };
}

describe('environment in a cluster', function () {
  this.timeout(300_000);
  let test: TestCluster;
  let runId: string;
  let env: ClusterEnvironment;
  let ns: string;
  let lines: string[];

  const open = (over: { readonly agentImage?: string; readonly keep?: boolean } = {}): ClusterEnvironment =>
    openEnvironment(test, runId, { log: (line) => lines.push(line), facts: { kubernetes: 'of the test' }, ...over });
  const podSpec = (name: string, over: Partial<PodSpec> = {}): PodSpec => ({
    ...{ name, namespace: ns, serviceAccount: name, labels: { app: name }, meshed: true, ports: [] },
    ...over,
  });
  const web = { ports: [{ name: 'http', port: 8080, protocol: 'http' as const }] };
  const ask = async (
    from: RunningPod,
    protocol: ClientProtocol,
    target: { readonly host: string; readonly port: number },
    count = 1,
  ): Promise<readonly ClientRecord[]> => {
    const items = [{ cell: 'c', count, spec: { protocol, ...target, timeoutMs: 3_000 } }];
    const idPrefix = `${randomBytes(4).toString('hex')}-`;
    return await from.agent.batch({ idPrefix, items, concurrency: 4, connections: 'new' });
  };
  /** kube-proxy learns of a service a moment after its endpoints are known. */
  const answers = async (
    from: RunningPod,
    protocol: ClientProtocol,
    target: { host: string; port: number },
  ): Promise<void> =>
    pollUntil(async () => (await ask(from, protocol, target)).every(({ ok }) => ok), {
      deadlineMs: 20_000,
      what: `${protocol} ${target.host}:${target.port}`,
    });
  const labelled = async (kinds: readonly string[]): Promise<readonly KubeObject[]> => {
    const lists = kinds.map((kind) =>
      test.kube.list({ apiVersion: 'v1', kind }, { labelSelector: `${RUN_LABEL}=${runId}` }),
    );
    return (await Promise.all(lists)).flat();
  };

  before(async () => {
    test = await openTestCluster();
  });
  after(async () => test?.[Symbol.asyncDispose]());

  beforeEach(async () => {
    runId = `ce-${randomBytes(4).toString('hex')}`;
    ns = `${runId}-ns1`;
    lines = [];
    env = open();
    await env.createNamespaces([ns]);
  });
  afterEach(async () => {
    await env[Symbol.asyncDispose]();
    await rm(runDirOf(runId), { recursive: true, force: true });
  });

  it('runs the workloads of the access cases without a mesh: HTTP, TCP and UDP arrive, both ends write them down', async () => {
    const set = (await loadWorkloadSet('access')).instantiate(runId);
    assert.deepEqual(await env.preflight(), []);
    const changes: ClusterChange[] = [];
    env.api.watch((change) => changes.push(change));
    await env.createNamespaces(set.namespaces);
    const mesh = await none.install(env, { seed: 1, faults: [], options: {} });
    for (const service of set.services) await env.api.applyService(service);
    const pods = await env.startPods(set.pods, mesh);
    assert.equal(pods.length, set.pods.length);
    assert.equal(new Set(pods.map(({ pod }) => pod.ip)).size, pods.length);
    const named = (name: string): RunningPod => {
      const found = pods.find(({ pod }) => pod.name === name);
      assert(found !== undefined, name);
      return found;
    };
    for (const [protocol, port] of [
      ['http', 8080],
      ['tcp', 8300],
      ['udp', 8300],
    ] as const) {
      const service = { namespace: ns, name: 'srv', port, protocol };
      await answers(named('c1'), protocol, env.address(service));
      await named('srv').agent.records();
      const sent = await ask(named('c1'), protocol, env.address(service), 20);
      assert.deepEqual([...new Set(sent.map(({ ok, server }) => `${ok} ${server}`))], ['true srv'], protocol);
      const seen = await named('srv').agent.records();
      assert.deepEqual(new Set(seen.map(({ id }) => id)), new Set(sent.map(({ id }) => id)));
      assert.deepEqual(
        env.ways(service).map(({ way }) => way),
        ['pod-ip', 'cluster-ip'],
      );
    }
    const count = (type: ClusterChange['type']): number => changes.filter((change) => change.type === type).length;
    assert.deepEqual([count('service'), count('pod')], [set.services.length, set.pods.length]);

    await env.stopPod(ns, 'srv');
    assert.equal(await test.kube.get({ apiVersion: 'v1', kind: 'Pod', namespace: ns, name: 'srv' }), undefined);
    const left = await labelled(['Secret']);
    assert.equal(left.length, set.pods.length - 1);
    assert.equal(env.api.pods().length, set.pods.length - 1);

    await env[Symbol.asyncDispose]();
    assert.deepEqual(await labelled(['Namespace', 'Pod', 'Service', 'Secret', 'ServiceAccount']), []);
    await assert.rejects(env.startPods([podSpec('late')], mesh), isError('E_ENVIRONMENT_CLOSED', /closed/));
  });

  it('gives services to pods that run already, takes the cluster address away, and gives it back', async () => {
    const [client] = await env.startPods([podSpec('c1'), podSpec('s1', web)], plainMesh());
    assert(client !== undefined);
    const spec = {
      name: 's',
      namespace: ns,
      selector: { app: 's1' },
      ports: [{ port: 80, targetPort: 8080, protocol: 'http' as const }],
    };
    const address = { namespace: ns, name: 's', port: 80, protocol: 'http' as const };
    await env.api.applyService(spec);
    await answers(client, 'http', env.address(address));
    const headless = await env.api.applyService({ ...spec, headless: true });
    assert.equal(headless.clusterIP, undefined);
    const pod = env.api.pods().find(({ name }) => name === 's1');
    assert.deepEqual(env.address(address), { host: pod?.ip, port: 8080 });
    assert.deepEqual(
      env.ways(address).map(({ way }) => way),
      ['pod-ip', 'headless'],
    );
    assert.notEqual((await env.api.applyService(spec)).clusterIP, undefined);
    assert.equal(await env.api.deleteService(ns, 's'), true);
    assert.equal(await env.api.deleteService(ns, 's'), false);
    assert.throws(() => env.address(address), isError('E_SERVICE_UNKNOWN', /no service/));
  });

  it('applies and deletes objects, tells what changed, and takes a refusal for an answer', async () => {
    const changes: string[] = [];
    env.api.watch((change) => changes.push(`${change.type} ${'action' in change ? change.action : ''}`));
    const object = (data: Record<string, string>, over: Partial<KubeObject> = {}): KubeObject => ({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'words', namespace: ns }, data },
      ...over,
    });
    for (const data of [{ a: '1' }, { a: '1' }, { a: '2' }])
      assert.equal((await env.api.apply(object(data))).accepted, true);
    assert.deepEqual(changes, ['object applied', 'object applied']);
    assert.deepEqual(
      env.api.objects().map((one) => one['data']),
      [{ a: '2' }],
    );
    assert.deepEqual((env.api.objects()[0]?.metadata['labels'] as Record<string, string>)[RUN_LABEL], runId);

    const causeOf = async (sent: KubeObject): Promise<string> => {
      const outcome = await env.api.apply(sent);
      return outcome.accepted ? 'accepted' : outcome.cause;
    };
    assert.equal(await causeOf(object({}, { apiVersion: 'v9' })), 'version');
    assert.equal(await causeOf(object({ 'no/key': 'x' })), 'schema');
    assert.equal(await causeOf(object({}, { data: { a: 1 } })), 'schema');
    await assert.rejects(
      env.api.apply(object({}, { metadata: { name: 'words', namespace: `${runId}-gone` } })),
      isError('E_KUBE_API', /namespaces ".*" not found/),
    );
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: 'words' };
    assert.deepEqual([await env.api.delete(ref), await env.api.delete(ref)], [true, false]);
    assert.deepEqual(env.api.objects(), []);
    assert.throws(() => env.api.addAdmission(), isError('E_ADMISSION', /hook/));
  });

  it('redirects TCP both ways before the agent starts, spares the proxy’s user, and leaves UDP alone', async () => {
    const base: Redirection = { inboundPort: 8080, outboundPort: 9, proxyUserId: 1337, openPorts: [8081] };
    const redirections: Readonly<Record<string, Redirection>> = {
      srv: base,
      caught: base,
      spared: { ...base, proxyUserId: AGENT_USER_ID },
    };
    const mesh = meshThat(({ pod }) => {
      const redirection = redirections[pod.name];
      return redirection === undefined ? {} : { redirection };
    });
    const ports = [...web.ports, { name: 'udp', port: 8300, protocol: 'udp' as const }];
    const [server, plain, caught, spared] = await env.startPods(
      [podSpec('srv', { ports }), podSpec('plain'), podSpec('caught'), podSpec('spared')],
      mesh,
    );
    assert(server && plain && caught && spared);
    const at = (port: number): { host: string; port: number } => ({ host: server.pod.ip, port });
    const [elsewhere] = await ask(plain, 'http', at(12_345));
    assert.equal(elsewhere?.ok, true, 'any port leads to the inbound port');
    assert.equal((await ask(plain, 'http', at(8081)))[0]?.error?.code, 'ECONNREFUSED', 'an open port is left alone');
    assert.equal(
      (await ask(caught, 'http', at(8080)))[0]?.error?.code,
      'ECONNREFUSED',
      'there is no proxy to go out through',
    );
    assert.equal((await ask(caught, 'udp', at(8300)))[0]?.ok, true, 'UDP goes as it is');
    assert.equal((await ask(spared, 'http', at(8080)))[0]?.ok, true, 'the proxy’s user goes out as he wants');
  });

  it('brings sidecars their files, and tells of each program that ends by itself', async () => {
    const failures: PodFailure[] = [];
    env.onPodFailure((failure) => failures.push(failure));
    let ready = false;
    const script = `
      const { readFileSync } = require('node:fs');
      console.log('read', readFileSync('/etc/meshgauge/pod/conf/word', 'utf8'), process.getuid());
      setInterval(() => undefined, 1000);
      process.on('SIGTERM', () => process.exit(3));`;
    const files = [{ path: 'conf/word', content: 'the word' }];
    const sidecar = nodeSidecar(script, { files, userId: 1234, ready: async () => (ready = !ready) });
    const beside = meshThat(({ pod }) => (pod.name === 'two' ? { sidecars: [sidecar] } : {}));
    const [one, two] = await env.startPods([podSpec('one'), podSpec('two')], beside);
    assert(one && two);
    const logs = await test.kube.logs({ namespace: ns, pod: 'two', container: 'beside' });
    assert.equal(logs.trim(), 'read the word 1234');

    const end = (pod: string, container: string): Promise<unknown> =>
      test.kube.exec({ namespace: ns, pod, container }, ['/usr/local/bin/node', '-e', 'process.kill(1, "SIGTERM")']);
    await Promise.all([end('one', 'agent'), end('two', 'beside')]);
    await pollUntil(async () => failures.length === 2, { deadlineMs: 60_000, what: 'both failures' });
    failures.sort((a, b) => a.pod.localeCompare(b.pod));
    assert.deepEqual(
      failures.map(({ pod, container, exitCode, signal }) => [pod, container, exitCode, signal]),
      [
        [`${ns}/one`, 'agent', 0, null],
        [`${ns}/two`, 'beside', 3, null],
      ],
    );
    assert.match(failures[0]?.logTail ?? '', /"ready":true/);
    assert.match(await readFile(failures[1]?.logFile ?? '', 'utf8'), /the word/);
    assert.deepEqual(env.api.pods(), []);
    await assert.rejects(one.agent.health(), isError('E_AGENT_GONE', /one/));
    await Promise.all(['one', 'two'].map((name) => env.stopPod(ns, name)));
    assert.equal(failures.length, 2, 'a pod that is stopped is no failure');
    assert.ok(existsSync(runDirOf(runId)), 'the folder is the caller’s to remove');
  });

  it('starts all or nothing: a sidecar that crashes takes the others with it, and its last words are told', async () => {
    const crash = nodeSidecar('console.error("no such listener"); process.exit(7)', { ready: async () => false });
    const mesh = meshThat(({ pod }) => (pod.name === 'bad' ? { sidecars: [crash] } : {}));
    await assert.rejects(
      env.startPods([podSpec('good'), podSpec('bad')], mesh),
      isError('E_POD_START', /beside of pod .*\/bad ended with exit code 7 .*no such listener/s),
    );
    assert.deepEqual(await labelled(['Pod', 'Secret']), []);
    await env.startPods([podSpec('good')], plainMesh());
  });

  it('puts another pod in the place of one whose sidecar a signal ends at the start, a few times, and says so', async () => {
    const crash = nodeSidecar('process.exit(128 + 6)', { ready: async () => false });
    const serve = nodeSidecar('setInterval(() => undefined, 1000)', { ready: async () => true });
    let starts = 0;
    const once = meshThat(() => ({ sidecars: [(starts += 1) === 1 ? crash : serve] }));
    await env.startPods([podSpec('lucky')], once);
    assert.equal(starts, 2);
    assert.match(String(env.facts()['crashesAtStart']), /beside of pod .*\/lucky .*SIGABRT/);
    await assert.rejects(
      env.startPods(
        [podSpec('bad')],
        meshThat(() => ({ sidecars: [crash] })),
      ),
      isError('E_POD_START', /beside of pod .*\/bad was ended by SIGABRT/),
    );
  });

  it('names an image that no node has and none can pull', async () => {
    await env[Symbol.asyncDispose]();
    env = open({ agentImage: 'localhost:1/meshgauge/none:0' });
    await env.createNamespaces([ns]);
    await assert.rejects(
      env.startPods([podSpec('c1')], plainMesh()),
      isError('E_IMAGE_PULL', /image localhost:1\/meshgauge\/none:0 of container agent .*\/c1/),
    );
    assert.deepEqual(await labelled(['Pod', 'Secret']), []);
  });

  it('hands on what an admission policy says to a pod and to an object', async () => {
    const group = 'admissionregistration.k8s.io/v1';
    const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods', 'configmaps'] }];
    const validations = [{ expression: 'false', message: 'not on a Sunday' }];
    const policy = { apiVersion: group, kind: 'ValidatingAdmissionPolicy', metadata: { name: runId } };
    const binding = { apiVersion: group, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: runId } };
    const namespaceSelector = { matchLabels: { [RUN_LABEL]: runId } };
    const probe = (): KubeObject => ({
      ...{ apiVersion: 'v1', kind: 'ConfigMap' },
      metadata: { name: `probe-${randomBytes(4).toString('hex')}`, namespace: ns },
    });
    try {
      await test.kube.apply({
        ...policy,
        spec: { failurePolicy: 'Fail', matchConstraints: { resourceRules: rules }, validations },
      });
      const matchResources = { namespaceSelector };
      await test.kube.apply({ ...binding, spec: { policyName: runId, validationActions: ['Deny'], matchResources } });
      await pollUntil(
        async () => {
          const outcome = await env.api.apply(probe());
          return (
            !outcome.accepted && outcome.cause === 'admission' && /^(?!PATCH).*not on a Sunday/.test(outcome.message)
          );
        },
        { deadlineMs: 60_000, what: 'the policy to be in force' },
      );
      await assert.rejects(
        env.startPods([podSpec('c1')], plainMesh()),
        isError('E_POD_REFUSED', /\/c1: .*not on a Sunday/),
      );
    } finally {
      for (const { apiVersion, kind, metadata } of [binding, policy])
        await test.kube.delete({ apiVersion, kind, namespace: '', name: metadata.name });
    }
  });

  it('touches no namespace that it did not make, and keeps its own when told to', async () => {
    await assert.rejects(env.createNamespaces([test.namespace]), isError('E_NAMESPACE_EXISTS', /exists already/));
    await env[Symbol.asyncDispose]();
    const there = (name: string): Promise<KubeObject | undefined> =>
      test.kube.get({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name });
    assert.notEqual(await there(test.namespace), undefined);
    assert.equal(await there(ns), undefined);

    const kept = open({ keep: true });
    await kept.createNamespaces([ns]);
    await kept[Symbol.asyncDispose]();
    assert.notEqual(await there(ns), undefined);
    assert.match(lines.at(-1) ?? '', new RegExp(`kept .*${ns}`));
    env = open();
    await env.createNamespaces([ns]);
  });
});
