import assert from 'node:assert/strict';
import { answerMetrics, type MetricsSource } from '../../../src/metrics/answer.js';
import { readAnswer, readList } from '../../../src/metrics/read-answer.js';
import type { Json } from '../../../src/smi/model.js';
import { client, counted, name, picture, server } from './world.js';

const API = '/apis/metrics.smi-spec.io/v1alpha1';
const TRAFFIC = picture(
  client('shop/c1', 'shop/web-a', counted(30, 2), {
    to: { pod: name('shop/web-a'), service: name('shop/stable') },
    called: name('shop/root'),
  }),
  server('shop/web-a', counted(30, 2), 'shop/c1'),
);
const get = (path: string, source: MetricsSource = 'native') =>
  answerMetrics(path.startsWith('/apis') ? path : API + path, { ...TRAFFIC, source });
const body = (path: string): { readonly [key: string]: Json | undefined } => {
  const answer = get(path);
  assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`);
  return answer.body as { readonly [key: string]: Json | undefined };
};
const names = (path: string): readonly (string | undefined)[] =>
  (readList(get(path).body).items ?? []).map(({ metrics }) => metrics.resource.name);

describe('the paths of the metrics API', () => {
  it('tell the group and its version', () => {
    assert.equal(body('/apis')['kind'], 'APIGroupList');
    const group = body('/apis/metrics.smi-spec.io');
    assert.equal(group['name'], 'metrics.smi-spec.io');
    assert.deepEqual(group['preferredVersion'], { groupVersion: 'metrics.smi-spec.io/v1alpha1', version: 'v1alpha1' });
  });

  it('tell the eleven resources, to be got and listed', () => {
    const { resources } = body(`${API}/`) as {
      resources: readonly { name: string; namespaced: boolean; verbs: readonly string[] }[];
    };
    assert.deepEqual(
      resources.map(({ name: plural }) => plural),
      [
        'namespaces',
        'nodes',
        'pods',
        'replicationcontrollers',
        'services',
        'daemonsets',
        'deployments',
        'replicasets',
        'statefulsets',
        'jobs',
        'trafficsplits',
      ],
    );
    assert.deepEqual(
      resources.filter(({ namespaced }) => !namespaced).map(({ name: plural }) => plural),
      ['namespaces', 'nodes'],
    );
    assert.ok(resources.every(({ verbs }) => verbs.join() === 'get,list'));
  });

  it('list a kind everywhere, and in one namespace', () => {
    assert.deepEqual(names('/pods'), ['c1', 'c2', 'web-a', 'web-b', 'c1']);
    assert.deepEqual(names('/namespaces/bank/pods'), ['c1']);
    assert.deepEqual(names('/namespaces/nowhere/pods'), []);
    assert.deepEqual(names('/namespaces'), ['shop', 'bank']);
    assert.deepEqual(names('/nodes'), ['node-1', 'node-2']);
    assert.deepEqual(readList(get('/namespaces/shop/pods').body).resource, {
      kind: 'Pod',
      namespace: 'shop',
      apiVersion: 'v1',
    });
    assert.deepEqual(readList(get('/pods').body).resource, { kind: 'Pod', apiVersion: 'v1' });
  });

  it('list what a selector chooses, with the metrics as they are', () => {
    const path = '/namespaces/shop/pods?labelSelector=app%3Dweb';
    assert.deepEqual(names(path), ['web-a', 'web-b']);
    assert.deepEqual(readList(get(path).body).selector, { matchLabels: { app: 'web' } });
    assert.deepEqual(readList(get(path).body).items?.[0], readAnswer(get('/namespaces/shop/pods/web-a').body)[0]);
    assert.deepEqual(names('/services?labelSelector=team in (shop)'), ['web']);
    assert.deepEqual(names('/namespaces?labelSelector=kubernetes.io/metadata.name=bank'), ['bank']);
  });

  it('get one resource by name', () => {
    const [reading] = readAnswer(body('/namespaces/shop/deployments/web'));
    assert.deepEqual([reading?.success, reading?.failure, reading?.problems], [30, 2, []]);
    assert.deepEqual(readAnswer(body('/namespaces/shop'))[0]?.metrics.resource, {
      kind: 'Namespace',
      name: 'shop',
      apiVersion: 'v1',
    });
    assert.equal(readAnswer(body('/nodes/node-2')).length, 1);
  });

  it('list the edges of one resource', () => {
    for (const path of ['/namespaces/shop/pods/web-a/edges', '/namespaces/shop/edges', '/nodes/node-1/edges'])
      assert.ok(readAnswer(body(path)).length > 0, path);
    assert.deepEqual(readList(get('/namespaces/shop/pods/web-a/edges').body).resource, {
      ...{ kind: 'Pod', name: 'web-a', namespace: 'shop', apiVersion: 'v1' },
    });
    assert.deepEqual(names('/namespaces/shop/trafficsplits/canary/edges'), []);
  });

  it('have an object for each backend of a split', () => {
    for (const path of ['/trafficsplits', '/namespaces/shop/trafficsplits', '/namespaces/shop/trafficsplits/canary'])
      assert.deepEqual(
        readAnswer(body(path)).map(({ metrics, success }) => [metrics.backend?.name, success]),
        [
          ['stable', 30],
          ['fresh', 0],
        ],
        path,
      );
  });

  it('write what the decoder reads and the schema admits', () => {
    const readings = ['/pods', '/namespaces/shop/pods/web-a/edges', '/namespaces/shop/trafficsplits'].flatMap((path) =>
      readAnswer(body(path)),
    );
    assert.ok(readings.length > 7);
    assert.deepEqual(
      readings.flatMap(({ problems }) => problems),
      [],
    );
  });

  it('say who counted', () => {
    const marks = (source: MetricsSource) => {
      const { metadata, items } = get('/namespaces/bank/pods', source).body as {
        metadata: { annotations: Json };
        items: readonly { metadata: { annotations: Json } }[];
      };
      return [metadata.annotations, ...items.map((item) => item.metadata.annotations)];
    };
    for (const source of ['native', 'shim'] as const)
      assert.deepEqual(marks(source), [
        { 'meshgauge.dev/metrics-source': source },
        { 'meshgauge.dev/metrics-source': source },
      ]);
  });

  for (const path of [
    '/',
    '/healthz',
    '/apis/apps/v1',
    '/apis/metrics.smi-spec.io/v1alpha2',
    `${API}/apples`,
    `${API}/pods/web-a`,
    `${API}/namespaces/shop/apples`,
    `${API}/namespaces/shop/nodes`,
    `${API}/namespaces/shop/pods/web-a/logs`,
    `${API}/namespaces/shop/pods/web-a/edges/more`,
    `${API}/namespaces/shop/pods/no-such-pod`,
    `${API}/namespaces/shop/pods/no-such-pod/edges`,
    `${API}/namespaces/shop/trafficsplits/none`,
    `${API}/namespaces/nowhere`,
    `${API}/nodes/node-9`,
  ]) {
    it(`${path} is not found, in the words of Kubernetes`, () => {
      const answer = answerMetrics(path, { ...TRAFFIC, source: 'native' });
      assert.equal(answer.status, 404);
      const { kind, status, reason, code } = answer.body as Record<string, Json>;
      assert.deepEqual([kind, status, reason, code], ['Status', 'Failure', 'NotFound', 404]);
    });
  }

  it('names what was not found', () => {
    const { message, details } = get('/namespaces/shop/pods/no-such-pod').body as Record<string, Json>;
    assert.equal(message, 'pods.metrics.smi-spec.io "no-such-pod" not found');
    assert.deepEqual(details, { name: 'no-such-pod', group: 'metrics.smi-spec.io', kind: 'pods' });
  });

  for (const path of [`${API}/pods?labelSelector=a%20b`, `${API}/%zz`])
    it(`${path} is a bad request`, () =>
      assert.equal(answerMetrics(path, { ...TRAFFIC, source: 'native' }).status, 400));
});
