import assert from 'node:assert/strict';
import { backendsOf, edgesOf, metricsOf } from '../../../src/metrics/aggregate.js';
import type { Resource } from '../../../src/metrics/topology.js';
import type { TrafficMetrics } from '../../../src/smi/model.js';
import { client, counted, name, picture, server, SPLIT, TOPOLOGY } from './world.js';

function resource(type: string, key: string): Resource {
  const found = TOPOLOGY.resources.find((one) => one.type === type && `${one.namespace}/${one.name}` === key);
  assert.ok(found, `no ${type} ${key}`);
  return found;
}

const values = ({ metrics }: TrafficMetrics): Record<string, number> =>
  Object.fromEntries(metrics.map((metric) => [metric.name, metric.value]));
const counts = (metrics: TrafficMetrics): readonly (number | undefined)[] => [
  values(metrics)['success_count'],
  values(metrics)['failure_count'],
];
const edges = (all: readonly TrafficMetrics[]) =>
  all.map((one) => [one.edge?.direction, one.edge?.side, one.edge?.resource?.name, ...counts(one)]);

const TRAFFIC = picture(
  client('shop/c1', 'shop/web-a', counted(30, 2, 10)),
  client('shop/c1', 'shop/web-b', counted(10, 0, 100)),
  client('bank/c1', 'shop/web-b', counted(5)),
  server('shop/web-a', counted(30, 2, 10), 'shop/c1'),
  server('shop/web-b', counted(10, 0, 100), 'shop/c1'),
  server('shop/web-b', counted(5), 'bank/c1'),
);

describe('metrics of resources', () => {
  it('are those of what a pod has served, once, whoever saw it', () => {
    assert.deepEqual(counts(metricsOf(TRAFFIC, resource('pods', 'shop/web-a'))), [30, 2]);
    assert.deepEqual(counts(metricsOf(TRAFFIC, resource('pods', 'shop/web-b'))), [15, 0]);
    assert.deepEqual(counts(metricsOf(TRAFFIC, resource('pods', 'shop/c1'))), [0, 0]);
  });

  for (const [type, key] of [
    ['deployments', 'shop/web'],
    ['replicasets', 'shop/web-1'],
    ['services', 'shop/web'],
    ['namespaces', '/shop'],
  ] as const) {
    it(`of ${type} are the sum of their pods`, () => {
      assert.deepEqual(counts(metricsOf(TRAFFIC, resource(type, key))), [45, 2]);
    });
  }

  it('of nodes and of what has no pods are what is there', () => {
    assert.deepEqual(counts(metricsOf(TRAFFIC, resource('nodes', '/node-2'))), [15, 0]);
    assert.deepEqual(counts(metricsOf(TRAFFIC, resource('jobs', 'shop/nightly'))), [0, 0]);
    assert.deepEqual(counts(metricsOf(TRAFFIC, resource('namespaces', '/bank'))), [0, 0]);
  });

  it('have percentiles in seconds over all pods, and say where and when they were seen', () => {
    const metrics = metricsOf(TRAFFIC, resource('deployments', 'shop/web'));
    const {
      p50_response_latency: p50 = 0,
      p90_response_latency: p90 = 0,
      p99_response_latency: p99 = 0,
    } = values(metrics);
    assert.ok(p50 > 0.01 && p50 < 0.011, String(p50));
    assert.ok(p90 > 0.1 && p99 > 0.1 && p99 < 0.11, `${p90} ${p99}`);
    assert.deepEqual(metrics.edge, { direction: 'from', side: 'server', resource: {} });
    assert.equal(metrics.timestamp, '2026-11-23T12:00:30.000Z');
    assert.equal(metrics.window, '30s');
    assert.deepEqual(metrics.resource, { kind: 'Deployment', name: 'web', namespace: 'shop', apiVersion: 'apps/v1' });
  });

  it('come from the clients where a server sees nothing', () => {
    const half = picture(client('shop/c1', 'shop/web-a', counted(3)), server('shop/web-b', counted(4)));
    const web = metricsOf(half, resource('deployments', 'shop/web'));
    assert.deepEqual(counts(web), [7, 0]);
    const pod = metricsOf(half, resource('pods', 'shop/web-a'));
    assert.deepEqual([...counts(pod), pod.edge?.side], [3, 0, 'client']);
  });
});

describe('edges', () => {
  it('lead to whom a pod asked, and from who asked it', () => {
    assert.deepEqual(edges(edgesOf(TRAFFIC, resource('pods', 'shop/c1'))), [
      ['to', 'client', 'web-a', 30, 2],
      ['to', 'client', 'web-b', 10, 0],
    ]);
    assert.deepEqual(edges(edgesOf(TRAFFIC, resource('pods', 'shop/web-b'))), [
      ['from', 'server', 'c1', 10, 0],
      ['from', 'server', 'c1', 5, 0],
    ]);
    assert.deepEqual(edgesOf(TRAFFIC, resource('pods', 'shop/c2')), []);
  });

  it('are between resources of one kind', () => {
    assert.deepEqual(
      edges(edgesOf(TRAFFIC, resource('namespaces', '/shop'))),
      [
        ['to', 'client', 'shop', 40, 2],
        ['from', 'client', 'shop', 40, 2],
        ['from', 'client', 'bank', 5, 0],
      ].map((edge) => (edge[0] === 'from' ? ['from', 'server', ...edge.slice(2)] : edge)),
    );
  });

  it('are told by the clients where a certificate does not say which of several pods asked', () => {
    const among = picture(
      client('shop/web-a', 'shop/c1', counted(4)),
      client('shop/web-b', 'shop/c1', counted(6)),
      server('shop/c1', counted(10), 'shop/web'),
    );
    assert.deepEqual(edges(edgesOf(among, resource('pods', 'shop/c1'))), [
      ['from', 'client', 'web-a', 4, 0],
      ['from', 'client', 'web-b', 6, 0],
    ]);
  });

  it('leave out who is nobody', () => {
    const stranger = picture(server('shop/c1', counted(3)), client('shop/c1', 'shop/gone', counted(1)));
    assert.deepEqual(edgesOf(stranger, resource('pods', 'shop/c1')), []);
  });
});

describe('backends of traffic splits', () => {
  const to = (service: string, called?: string) => ({
    to: { service: name(service) },
    ...(called === undefined ? {} : { called: name(called) }),
  });

  it('count what came by the apex alone, each with its weight', () => {
    const all = backendsOf(
      picture(
        client('shop/c1', '', counted(90, 1), to('shop/stable', 'shop/root')),
        client('shop/c2', '', counted(5), to('shop/stable', 'shop/root')),
        client('shop/c1', '', counted(40), to('shop/stable', 'shop/stable')),
        client('shop/c1', '', counted(10), to('shop/fresh', 'shop/root')),
        client('bank/c1', '', counted(99), to('bank/stable', 'bank/root')),
      ),
      SPLIT,
    );
    assert.deepEqual(
      all.map((one) => [one.backend, ...counts(one)]),
      [
        [{ apex: 'root.shop', name: 'stable', weight: 90 }, 95, 1],
        [{ apex: 'root.shop', name: 'fresh', weight: 10 }, 10, 0],
      ],
    );
    assert.deepEqual(all[0]?.edge, { direction: 'from', side: 'client', resource: {} });
  });

  it('count all that came where a proxy does not tell what was called', () => {
    const [stable] = backendsOf(picture(client('shop/c1', '', counted(7), to('shop/stable'))), SPLIT);
    assert.ok(stable);
    assert.deepEqual(counts(stable), [7, 0]);
  });
});
