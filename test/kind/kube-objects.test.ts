import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { setTimeout as delay } from 'node:timers/promises';
import { connectKube } from '../../src/kube/connect.js';
import { KubeError, type KubeChange } from '../../src/kube/kube.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import { crdManifests } from '../../src/smi/crds.js';
import { openTestCluster, type TestCluster } from './cluster.js';

const MAP = { apiVersion: 'v1', kind: 'ConfigMap' } as const;

describe('Kube: objects of a real cluster', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await openTestCluster();
  });
  after(async () => cluster?.[Symbol.asyncDispose]());

  const map = (name: string, data: Readonly<Record<string, string>>, labels = {}) => ({
    ...MAP,
    metadata: { name, namespace: cluster.namespace, labels },
    data,
  });
  const ref = (name: string) => ({ ...MAP, namespace: cluster.namespace, name });

  it('applies, reads, patches, lists by label, deletes', async () => {
    const { kube, namespace } = cluster;
    const applied = await kube.apply(map('one', { a: '1', b: '2' }, { color: 'red' }));
    assert.equal(typeof applied.metadata['uid'], 'string');
    await kube.apply(map('two', {}, { color: 'blue' }));

    await kube.patch(ref('one'), { data: { a: null, c: '3' } });
    assert.deepEqual((await kube.get(ref('one')))?.['data'], { b: '2', c: '3' });

    const red = await kube.list(MAP, { namespace, labelSelector: 'color=red' });
    assert.deepEqual(
      red.map(({ apiVersion, kind, metadata }) => [apiVersion, kind, metadata.name]),
      [['v1', 'ConfigMap', 'one']],
    );

    assert.equal(await kube.delete(ref('one'), { waitMs: 10_000 }), true);
    assert.equal(await kube.get(ref('one')), undefined);
    assert.equal(await kube.delete(ref('one')), false);
  });

  it('server-side apply owns what it applies: takes fields from others, drops its own, leaves theirs', async () => {
    const { kube, kubeconfigPath, namespace } = cluster;
    const kubectl = (data: object, ...flags: string[]) =>
      execa(
        'kubectl',
        ['--kubeconfig', kubeconfigPath, 'apply', '--server-side', '--field-manager=somebody', ...flags, '-f', '-'],
        {
          input: JSON.stringify({ ...map('shared', {}), data }),
          reject: false,
        },
      );
    assert.equal((await kubectl({ mine: 'theirs', other: 'x' })).exitCode, 0);
    await kube.apply(map('shared', { mine: 'ours', extra: 'y' }));
    assert.deepEqual((await kube.get(ref('shared')))?.['data'], { mine: 'ours', other: 'x', extra: 'y' });

    const refused = await kubectl({ mine: 'theirs', other: 'x' });
    assert.match(refused.stderr, /conflicts? with "meshgauge"[^]*\.data\.mine/);

    await kube.apply(map('shared', { mine: 'ours' }));
    assert.deepEqual((await kube.get({ ...ref('shared'), namespace }))?.['data'], { mine: 'ours', other: 'x' });
  });

  it('applies a list that has become empty, though the merge loses its parent', async () => {
    const { kube, namespace } = cluster;
    const group = (matches: readonly { name: string; pathRegex: string; methods: string[] }[]) => ({
      apiVersion: 'specs.smi-spec.io/v1alpha4',
      kind: 'HTTPRouteGroup',
      metadata: { name: 'emptied', namespace },
      spec: { matches },
    });
    const crds = crdManifests('map').filter(({ metadata }) => metadata.name === 'httproutegroups.specs.smi-spec.io');
    for (const crd of crds) await kube.apply(crd);
    try {
      await kube.waitFor(
        {
          apiVersion: 'apiextensions.k8s.io/v1',
          kind: 'CustomResourceDefinition',
          namespace: '',
          name: 'httproutegroups.specs.smi-spec.io',
        },
        (crd) => JSON.stringify(crd).includes('"type":"Established"'),
        { deadlineMs: 30_000, what: 'the kind HTTPRouteGroup' },
      );
      await kube.apply(group([{ name: 'a', pathRegex: '/a', methods: ['*'] }]));
      await kube.apply(group([]));
      const { apiVersion, kind } = group([]);
      const kept = await kube.get({ apiVersion, kind, namespace, name: 'emptied' });
      assert.deepEqual(kept?.['spec'], { matches: [] });
    } finally {
      for (const { apiVersion, kind, metadata } of crds)
        await kube.delete({ apiVersion, kind, namespace: '', name: metadata.name }, { waitMs: 30_000 });
    }
  });

  it('tells refusals of the API by status, reason and message', async () => {
    const { kube, namespace } = cluster;
    await assert.rejects(
      kube.apply({ ...MAP, metadata: { name: 'Not A Name', namespace } }),
      (error: unknown) => error instanceof KubeError && error.status === 422 && error.reason === 'Invalid',
    );
    await assert.rejects(
      kube.apply({ apiVersion: 'nobody.example/v1', kind: 'Thing', metadata: { name: 'x', namespace } }),
      (error: unknown) =>
        error instanceof KubeError && error.reason === 'KindNotServed' && error.message.includes('nobody.example/v1'),
    );
    const impersonating = { ...ref('x'), namespace: 'no-such-namespace' };
    await assert.rejects(
      kube.apply({ ...MAP, metadata: { name: 'x', namespace: impersonating.namespace } }),
      (error: unknown) => error instanceof KubeError && error.status === 404 && error.reason === 'NotFound',
    );
  });

  it('waits for a condition, and says what it saw when it never comes', async () => {
    const { kube } = cluster;
    const later = delay(300).then(() => kube.apply(map('late', { state: 'ready' })));
    await kube.waitFor(ref('late'), (object) => object !== undefined, { deadlineMs: 10_000, what: 'the map' });
    await later;
    const held = { ...map('held', {}), metadata: { ...map('held', {}).metadata, finalizers: ['example.com/hold'] } };
    await kube.apply(held);
    await assert.rejects(
      kube.delete(ref('held'), { waitMs: 300 }),
      (error: unknown) =>
        error instanceof HarnessError &&
        error.code === 'E_KUBE_WAIT' &&
        error.message.includes('held by finalizers example.com/hold'),
    );
    await kube.patch(ref('held'), { metadata: { finalizers: null } });
    await kube.waitFor(ref('held'), (object) => object === undefined, { deadlineMs: 5_000, what: 'the end' });
  });

  it('a kind can be used as soon as its definition is applied, watched, removed, and come back otherwise', async () => {
    const { kube, namespace } = cluster;
    const group = `${namespace}.meshgauge.dev`;
    const kind = { apiVersion: `${group}/v1`, kind: 'Gauge' };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `gauges.${group}` },
    };
    const install = (scope: 'Namespaced' | 'Cluster') =>
      kube.apply({
        ...definition,
        spec: {
          group,
          scope,
          names: { plural: 'gauges', singular: 'gauge', kind: 'Gauge', listKind: 'GaugeList' },
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              schema: {
                openAPIV3Schema: {
                  type: 'object',
                  properties: { spec: { type: 'object', properties: { n: { type: 'integer' } } } },
                },
              },
            },
          ],
        },
      });
    assert.deepEqual(await kube.servedVersions(group), []);
    await install('Namespaced');
    try {
      assert.deepEqual(await kube.servedVersions(group), ['v1']);
      const seen: KubeChange[] = [];
      await kube.apply({ ...kind, metadata: { name: 'first', namespace }, spec: { n: 1 } });
      await using _watch = await kube.watch(kind, { namespace }, (change) => seen.push(change));
      assert.deepEqual(names(seen), ['applied first']);
      await kube.apply({ ...kind, metadata: { name: 'second', namespace }, spec: { n: 2 } });
      await kube.delete({ ...kind, namespace, name: 'first' });
      await until(() => seen.length >= 3, 10_000);
      assert.deepEqual(names(seen), ['applied first', 'applied second', 'deleted first']);
      await assert.rejects(
        kube.apply({ ...kind, metadata: { name: 'third', namespace }, spec: { n: 'many' } }),
        (error: unknown) => error instanceof KubeError && error.status >= 400 && error.message.includes('spec.n'),
      );
      await kube.delete({ ...definition, namespace: '', name: definition.metadata.name }, { waitMs: 30_000 });
      await until(() => seen.length >= 4, 30_000);
      assert.deepEqual(names(seen).slice(3), ['deleted second']);
      // Same kind, other scope: nothing remembered may mislead.
      await install('Cluster');
      await kube.apply({ ...kind, metadata: { name: 'wide' }, spec: { n: 3 } });
      assert.equal((await kube.list(kind)).length, 1);
    } finally {
      await kube.delete({ ...definition, namespace: '', name: definition.metadata.name }, { waitMs: 30_000 });
    }
  });

  it('knows which permissions a restricted service account lacks', async () => {
    const { kube, kubeconfigPath, namespace } = cluster;
    const rbac = 'rbac.authorization.k8s.io';
    await kube.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'reader', namespace } });
    await kube.apply({
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name: 'reader', namespace },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
    });
    await kube.apply({
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'reader', namespace },
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace }],
    });
    const restricted = await connectAs(kubeconfigPath, namespace);
    const wanted = [
      { verb: 'list', group: '', resource: 'pods', namespace },
      { verb: 'list', group: '', resource: 'pods' },
      { verb: 'create', group: '', resource: 'pods', subresource: 'exec', namespace },
      { verb: 'get', group: '', resource: 'pods', namespace },
      { verb: 'create', group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
    ];
    assert.deepEqual(await restricted.missingPermissions(wanted), [wanted[1], wanted[2], wanted[4]]);
    assert.deepEqual(await kube.missingPermissions(wanted), []);
    await assert.rejects(
      restricted.list(MAP, { namespace }),
      (error: unknown) => error instanceof KubeError && error.status === 403 && error.reason === 'Forbidden',
    );
  });
});

/** A second way in, with a token of the service account `reader`. */
async function connectAs(kubeconfigPath: string, namespace: string) {
  const kubectl = (...args: string[]) => execa('kubectl', ['--kubeconfig', kubeconfigPath, ...args]);
  const { stdout: token } = await kubectl('create', 'token', 'reader', '-n', namespace);
  const { stdout: config } = await kubectl('config', 'view', '--raw', '--minify', '-o', 'json');
  const value = JSON.parse(config) as { users: { user: object }[] };
  for (const user of value.users) user.user = { token };
  const folder = await mkdtemp(join(tmpdir(), 'meshgauge-kube-'));
  try {
    const path = join(folder, 'kubeconfig');
    await writeFile(path, JSON.stringify(value), { mode: 0o600 });
    return await connectKube({ kubeconfigPath: path });
  } finally {
    await rm(folder, { recursive: true });
  }
}

function names(changes: readonly KubeChange[]): string[] {
  return changes.map(({ type, object }) => `${type} ${object.metadata.name}`);
}

async function until(condition: () => boolean, deadlineMs: number): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!condition() && performance.now() < end) await delay(20);
}
