import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { listContainers } from '../../src/environments/docker.js';
import { imagesOnNode } from '../../src/environments/engine-images.js';
import type { Environment } from '../../src/environments/environment.js';
import { cleanObjects } from '../../src/environments/existing/clean.js';
import { createExistingEnvironment } from '../../src/environments/existing/existing-environment.js';
import { cleanEngine } from '../../src/environments/kind/clean.js';
import { CLUSTER_LABEL, listKindClusters, listNodes } from '../../src/environments/kind/kind-cluster.js';
import { NEEDED_INSTANCES, raiseInotifyLimit } from '../../src/environments/kind/inotify.js';
import { createKindEnvironment, type KindOptions } from '../../src/environments/kind/kind-environment.js';
import { readRunStates } from '../../src/environments/local/clean.js';
import { pollUntil } from '../../src/environments/local/poll.js';
import { runDirOf, runRegistryDir } from '../../src/environments/local/run-state.js';
import type { Kube } from '../../src/kube/kube.js';
import type { KubeObject, ObjectRef } from '../../src/smi/model.js';

/** The node image of the cluster under test; default: the one that a run would take. */
const NODE_IMAGE = process.env['MESHGAUGE_TEST_NODE_IMAGE'];
const PROBE_IMAGE = 'meshgauge-probe:kind-environment';
const CREATE_MS = 300_000;

describe('kind', function () {
  this.timeout(CREATE_MS);
  const tag = `try${process.pid}`;
  const said: string[] = [];
  let dir: string;
  let env: Environment;

  const optionsFor = (runId: string, more: Partial<KindOptions> = {}): KindOptions => ({
    ...{ runId, keep: false, log: (line: string) => void said.push(line), debugDir: join(dir, 'debug') },
    ...(NODE_IMAGE === undefined ? {} : { nodeImage: NODE_IMAGE }),
    ...more,
  });
  const assertGone = async (runId: string): Promise<void> => {
    assert.deepEqual(await listContainers(`${CLUSTER_LABEL}=meshgauge-${runId}`), []);
    assert.ok(!existsSync(runDirOf(runId)));
    assert.ok(!(await readdir(runRegistryDir())).includes(`${runId}.json`));
  };

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mg-kind-test-'));
    env = await createKindEnvironment(optionsFor(tag));
  });
  after(async () => {
    await env[Symbol.asyncDispose]();
    await assertGone(tag);
    await rm(dir, { recursive: true, force: true });
  });

  const cluster = (): NonNullable<Environment['cluster']> => {
    assert.ok(env.cluster);
    return env.cluster;
  };
  const kubeconfigPath = (): string => join(runDirOf(tag), 'kubeconfig');

  it('makes a cluster named after the run that is ours, with a kubeconfig of its own', async () => {
    assert.ok((await listKindClusters()).includes(`meshgauge-${tag}`));
    assert.equal(cluster().owned, true);
    assert.equal(cluster().kube.context, `kind-meshgauge-${tag}`);
    assert.match(await readFile(kubeconfigPath(), 'utf8'), /current-context: kind-meshgauge-/);
    const [node] = await cluster().kube.list({ apiVersion: 'v1', kind: 'Node' });
    const conditions = (node?.['status'] as { conditions: { type: string; status: string }[] }).conditions;
    assert.equal(conditions.find(({ type }) => type === 'Ready')?.status, 'True');
    assert.match(said.join('\n'), /is up after [\d.]+ s/);
  });

  it('raises a limit on inotify instances that proxies would run into, and says so once', async () => {
    const [node = ''] = await listNodes(`meshgauge-${tag}`);
    const setting = '/proc/sys/fs/inotify/max_user_instances';
    execFileSync('docker', ['exec', node, 'sh', '-c', `echo 128 > ${setting}`]);
    const told: string[] = [];
    for (let times = 0; times < 2; times += 1) await raiseInotifyLimit(node, (message) => told.push(message));
    assert.equal(Number(await readFile(setting, 'utf8')), NEEDED_INSTANCES);
    assert.deepEqual(told, [`fs.inotify.max_user_instances of this host was 128, and is ${NEEDED_INSTANCES} now`]);
  });

  it('loads an image that the node lacks, and again only when it has become another', async () => {
    const build = (content: string): void => {
      execFileSync('docker', ['import', '-', PROBE_IMAGE], {
        input: tarOf(content),
        stdio: ['pipe', 'ignore', 'inherit'],
      });
    };
    const [node = ''] = await listNodes(`meshgauge-${tag}`);
    const loads = (): number => said.filter((line) => line.startsWith('loaded')).length;
    try {
      build('one');
      const before = loads();
      await cluster().provideImages([PROBE_IMAGE]);
      assert.equal(loads(), before + 1);
      assert.ok((await imagesOnNode(node)).has(`docker.io/library/${PROBE_IMAGE}`));
      await cluster().provideImages([PROBE_IMAGE]);
      assert.equal(loads(), before + 1, 'the node has it');
      build('two');
      await cluster().provideImages([PROBE_IMAGE]);
      assert.equal(loads(), before + 2, 'another image of that name');
    } finally {
      execFileSync('docker', ['image', 'rm', '--force', PROBE_IMAGE], { stdio: 'ignore' });
    }
    await assert.rejects(cluster().provideImages(['nosuch.invalid/thing:1']), { code: 'E_IMAGE_MISSING' });
  });

  it('is used by another run with --cluster, and outlives it', async () => {
    const runId = `${tag}b`;
    const second = await createKindEnvironment(optionsFor(runId, { cluster: `meshgauge-${tag}` }));
    assert.equal(await second.cluster?.kube.serverVersion(), await cluster().kube.serverVersion());
    await second[Symbol.asyncDispose]();
    assert.ok((await listKindClusters()).includes(`meshgauge-${tag}`));
    assert.ok(!existsSync(runDirOf(runId)));
    await assert.rejects(createKindEnvironment(optionsFor(`${tag}c`, { cluster: 'nosuch' })), {
      code: 'E_KIND_CLUSTER',
      exitCode: 4,
      hint: new RegExp(`meshgauge-${tag}`),
    });
  });

  it('is not cleaned away while its run lives', async () => {
    const left = await cleanEngine({ dryRun: true, runs: await readRunStates(), named: new Set([tag]) });
    assert.ok(!left.clusters.includes(`meshgauge-${tag}`));
    assert.ok(!left.unknown.includes(`meshgauge-${tag}`));
  });

  describe('as a cluster of somebody', () => {
    const existing = { keep: false, log: () => undefined, confirmed: false, adoptMesh: false };

    it('is left as it was', async () => {
      const options = { ...existing, runId: `${tag}d`, kubeconfig: kubeconfigPath() };
      const other = await createExistingEnvironment(options);
      assert.equal(other.cluster?.owned, false);
      await other[Symbol.asyncDispose]();
      assert.ok((await listKindClusters()).includes(`meshgauge-${tag}`));
    });

    it('tells a user of few rights every permission that lacks', async () => {
      const kubeconfig = await restrictedKubeconfig(cluster().kube, kubeconfigPath(), dir);
      const refused = (await createExistingEnvironment({ ...existing, runId: `${tag}e`, kubeconfig }).catch(
        (error: unknown) => error,
      )) as { code: string; message: string };
      assert.equal(refused.code, 'E_RBAC', refused.message);
      for (const lack of ['create namespaces', 'create pods/portforward', 'patch trafficsplits.split.smi-spec.io'])
        assert.ok(refused.message.includes(`  ${lack}\n`), refused.message);
      assert.ok(!refused.message.includes('  get pods\n'), refused.message);
      assert.ok(!(await readdir(runRegistryDir())).includes(`${tag}e.json`));
    });

    it('is cleaned of what a dead run left, and of nothing else', async () => {
      const { kube } = cluster();
      const labelled = (apiVersion: string, kind: string, name: string, run: string): KubeObject => ({
        apiVersion,
        kind,
        metadata: { name, labels: { 'meshgauge.dev/run': run } },
      });
      const plane = labelled('v1', 'Namespace', 'left-dead', 'gone');
      const { labels } = plane.metadata as unknown as { labels: Readonly<Record<string, string>> };
      await kube.apply({
        ...plane,
        metadata: { ...plane.metadata, labels: { ...labels, 'meshgauge.dev/mesh': 'some' } },
      });
      // Made by the mesh itself, which knows nothing of runs.
      const unlabelled = {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        namespace: '',
        name: 'of-some',
      };
      const { namespace: _, name, ...role } = unlabelled;
      await kube.apply({ ...role, metadata: { name } });
      const asked: string[] = [];
      const remainsOf = async (mesh: string): Promise<readonly ObjectRef[]> => {
        asked.push(mesh);
        return (await kube.get(unlabelled)) === undefined ? [] : [unlabelled];
      };
      await kube.apply(labelled('rbac.authorization.k8s.io/v1', 'ClusterRole', 'left-dead', 'gone'));
      await kube.apply(labelled('v1', 'Namespace', 'left-unknown', 'who'));
      const options = { runs: new Map([['gone', 'dead'] as const]), named: new Set<string>() };
      const expected = {
        objects: ['ClusterRole of-some', 'Namespace left-dead', 'ClusterRole left-dead'],
        unknownRuns: ['who'],
      };
      assert.deepEqual(await cleanObjects(kube, { ...options, remainsOf, dryRun: true }), expected);
      assert.deepEqual(await cleanObjects(kube, { ...options, remainsOf, dryRun: false }), expected);
      assert.deepEqual(asked, ['some', 'some']);
      const names = (await kube.list({ apiVersion: 'v1', kind: 'Namespace' })).map(({ metadata }) => metadata.name);
      assert.ok(!names.includes('left-dead') && names.includes('left-unknown') && names.includes('default'));
      const byName = await cleanObjects(kube, { ...options, remainsOf, named: new Set(['who']), dryRun: false });
      assert.deepEqual(byName, { objects: ['Namespace left-unknown'], unknownRuns: [] });
    });
  });

  it('Ctrl-C while it is made: nothing of it stays', async () => {
    const runId = `${tag}f`;
    const stop = new AbortController();
    const reason = new Error('Ctrl-C');
    const ended = assert.rejects(createKindEnvironment(optionsFor(runId, { signal: stop.signal })), reason);
    await pollUntil(async () => (await listContainers(`${CLUSTER_LABEL}=meshgauge-${runId}`)).length > 0, {
      deadlineMs: 120_000,
      what: 'the node to appear',
    });
    stop.abort(reason);
    await ended;
    await assertGone(runId);
  });

  it('that cannot come up: kind is quoted, its log is kept, nothing of it stays', async () => {
    const runId = `${tag}g`;
    const kindConfig = join(dir, 'bad.yaml');
    await writeFile(kindConfig, 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnetworking: { ipFamily: seven }\n');
    await assert.rejects(createKindEnvironment(optionsFor(runId, { kindConfig })), {
      code: 'E_KIND_CREATE',
      message: /ERROR: .*seven/,
    });
    assert.match(await readFile(join(dir, 'debug', 'kind-create.log'), 'utf8'), /seven/);
    await assertGone(runId);
  });
});

/** An archive of one file, as `docker import` takes it. */
function tarOf(content: string): Buffer {
  return execFileSync('sh', [
    '-c',
    'd=$(mktemp -d); printf "$0" > "$d/file"; tar -C "$d" -c file; rm -r "$d"',
    content,
  ]);
}

/** The kubeconfig of a service account that may only get pods. */
async function restrictedKubeconfig(kube: Kube, path: string, dir: string): Promise<string> {
  const subject = { kind: 'ServiceAccount', name: 'restricted', namespace: 'default' };
  const rbac = 'rbac.authorization.k8s.io/v1';
  await kube.apply({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'restricted', namespace: 'default' },
  });
  await kube.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/service-account-token',
    metadata: {
      name: 'restricted',
      namespace: 'default',
      annotations: { 'kubernetes.io/service-account.name': 'restricted' },
    },
  });
  await kube.apply({
    apiVersion: rbac,
    kind: 'ClusterRole',
    metadata: { name: 'restricted' },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  });
  await kube.apply({
    apiVersion: rbac,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'restricted' },
    subjects: [subject],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'restricted' },
  });
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'restricted' };
  const tokenOf = (secret: KubeObject | undefined): string | undefined =>
    (secret?.['data'] as Readonly<Record<string, string>> | undefined)?.['token'];
  await kube.waitFor(ref, (secret) => tokenOf(secret) !== undefined, { deadlineMs: 30_000, what: 'a token' });
  const token = Buffer.from(tokenOf(await kube.get(ref)) ?? '', 'base64').toString();
  const config = parse(await readFile(path, 'utf8')) as { users: { user: object }[] };
  const file = join(dir, 'restricted');
  await writeFile(file, stringify({ ...config, users: config.users.map((user) => ({ ...user, user: { token } })) }));
  return file;
}
