import assert from 'node:assert/strict';
import { parseHistograms } from '../../../../drivers/envoy/histograms.js';
import { parseEnvoyTraffic } from '../../../../drivers/envoy/traffic.js';
import { STATISTICS } from '../../../../drivers/statistics.js';
import { name } from '../../metrics/world.js';

const bin = (low: number, width: number, count: number) => ({ lower_bound: low, width, count });
const page = (
  numbers: Readonly<Record<string, number>>,
  histograms: Readonly<Record<string, readonly object[] | null>> = {},
): string =>
  JSON.stringify({
    stats: [
      ...Object.entries(numbers).map(([stat, value]) => ({ name: stat, value })),
      {
        histograms: {
          supported_percentiles: [0, 25, 50],
          details: Object.entries(histograms).map(([stat, totals]) => ({
            name: stat,
            totals,
            intervals: [],
            percentiles: [],
          })),
        },
      },
    ],
  });
const host = (address: string, stats: Readonly<Record<string, string>>) => ({
  address: { socket_address: { address, port_value: 8080 } },
  // Zeros have no value, as Envoy writes them.
  stats: [{ name: 'cx_connect_fail' }, ...Object.entries(stats).map(([stat, value]) => ({ name: stat, value }))],
});
const clusters = (...list: readonly { name: string; host_statuses?: readonly object[] }[]): string =>
  JSON.stringify({ cluster_statuses: list });

const read = (stats: string, hosts: string) =>
  parseEnvoyTraffic(stats, hosts, {
    proxy: name('shop/c1'),
    readCluster: (cluster) => STATISTICS['reference']?.readCluster(cluster),
    podAt: (address) => ({ '10.0.0.1': name('shop/web-a'), '10.0.0.2': name('shop/web-b') })[address],
  }).counts;

describe('what an Envoy counts unasked', () => {
  it('are the bins of its histograms, in seconds', () => {
    const histograms = parseHistograms(page({}, { a: [bin(3e2, 10, 2), bin(1e3, 100, 1)], b: null }), 1_000);
    assert.deepEqual(histograms.get('a'), [
      { low: 0.3, high: 0.31, count: 2 },
      { low: 1, high: 1.1, count: 1 },
    ]);
    assert.deepEqual(histograms.get('b'), []);
  });

  it('are answers of services and their pods, and of the app beside it', () => {
    const prefix = 'cluster.out|http|web.shop|8080.upstream_rq_';
    const stats = page(
      {
        [`${prefix}2xx`]: 40,
        [`${prefix}4xx`]: 2,
        [`${prefix}5xx`]: 3,
        'cluster.out|http|web.shop|8080.external.upstream_rq_2xx': 40,
        'cluster.app|http|8080.upstream_rq_2xx': 7,
        'cluster.control-plane.upstream_rq_2xx': 99,
      },
      { [`${prefix}time`]: [bin(5, 0.1, 45)], 'cluster.app|http|8080.upstream_rq_time': [bin(1, 0.1, 7)] },
    );
    const hosts = clusters(
      {
        name: 'out|http|web.shop|8080',
        host_statuses: [
          host('10.0.0.1', { rq_success: '30', rq_error: '3', rq_total: '33' }),
          host('10.0.0.2', { rq_success: '12' }),
          host('10.9.9.9', { rq_success: '1' }),
        ],
      },
      { name: 'app|http|8080', host_statuses: [{ address: { pipe: { path: '/x' } }, stats: [] }] },
      { name: 'control-plane' },
    );
    const latency = [{ low: 0.005, high: (5 + 0.1) / 1_000, count: 45 }];
    assert.deepEqual(read(stats, hosts), [
      { side: 'client', from: name('shop/c1'), to: { service: name('shop/web') }, success: 42, failure: 3, latency },
      { side: 'client', from: name('shop/c1'), to: { pod: name('shop/web-a') }, success: 30, failure: 3, latency },
      { side: 'client', from: name('shop/c1'), to: { pod: name('shop/web-b') }, success: 12, failure: 0, latency },
      {
        side: 'server',
        to: name('shop/c1'),
        success: 7,
        failure: 0,
        latency: [{ low: 0.001, high: (1 + 0.1) / 1_000, count: 7 }],
      },
    ]);
  });

  it('are of the pods of a service though statistics call the cluster otherwise', () => {
    const cluster = 'outbound|8080||web.shop.svc.cluster.local';
    const stats = page({ [`cluster.${cluster};.upstream_rq_2xx`]: 5 });
    const host_statuses = [host('10.0.0.1', { rq_success: '5' })];
    const hosts = JSON.stringify({
      cluster_statuses: [{ name: cluster, observability_name: `${cluster};`, host_statuses }],
    });
    const { counts } = parseEnvoyTraffic(stats, hosts, {
      proxy: name('shop/c1'),
      readCluster: (text) => STATISTICS['istio']?.readCluster(text),
      podAt: () => name('shop/web-a'),
    });
    assert.deepEqual(
      counts.map((count) => (count.side === 'client' ? count.to : undefined)),
      [{ service: name('shop/web') }, { pod: name('shop/web-a') }],
    );
  });

  it('is nothing while nothing was asked', () => {
    assert.deepEqual(read(JSON.stringify({ stats: [] }), '{}'), []);
  });

  it('is refused when it is not what Envoy answers', () => {
    assert.throws(() => read('{"stats": 1}', '{}'));
    assert.throws(() => read('{"stats": []}', '{"cluster_statuses": 1}'));
  });
});

describe('names of clusters', () => {
  const service = (text: string) => ({ kind: 'service', service: name(text) });
  for (const [mesh, cluster, meaning] of [
    ['reference', 'out|http|web.shop|8080', service('shop/web')],
    ['reference', 'app|http|8080', { kind: 'app' }],
    ['reference', 'out|tcp|web.shop|8300', undefined],
    ['reference', 'control-plane', undefined],
    ['osm', 'shop/web|8080', service('shop/web')],
    ['osm', 'shop/one.web|8080', service('shop/web')],
    ['osm', 'shop/web|8080|local', { kind: 'app' }],
    ['osm', 'osm-controller', undefined],
    ['istio', 'outbound|8080||web.shop.svc.cluster.local', service('shop/web')],
    ['istio', 'outbound|8080||web.shop.svc.cluster.local;', service('shop/web')],
    ['istio', 'inbound|8080||', { kind: 'app' }],
    ['istio', 'outbound|443||example.org', undefined],
    ['istio', 'PassthroughCluster', undefined],
  ] as const)
    it(`${mesh}: ${cluster}`, () => assert.deepEqual(STATISTICS[mesh]?.readCluster(cluster), meaning));

  it('stand beside the pods that have such a proxy', () => {
    const pod = (spec: object, annotations: Readonly<Record<string, string>> = {}) => ({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', annotations } },
      spec: spec as Record<string, never>,
    });
    const bare = pod({ containers: [{ name: 'app' }] });
    for (const mesh of ['reference', 'osm', 'istio']) assert.equal(STATISTICS[mesh]?.hasProxy(bare), false, mesh);
    assert.ok(STATISTICS['reference']?.hasProxy(pod({}, { 'meshgauge.dev/reference-proxy': 'x' })));
    assert.ok(STATISTICS['osm']?.hasProxy(pod({ containers: [{ name: 'envoy' }] })));
    assert.ok(STATISTICS['istio']?.hasProxy(pod({ containers: [], initContainers: [{ name: 'istio-proxy' }] })));
  });
});
