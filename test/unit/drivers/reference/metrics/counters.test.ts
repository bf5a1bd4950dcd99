import assert from 'node:assert/strict';
import { TrafficCounters } from '../../../../../drivers/reference/metrics/counters.js';
import { parseCounters, readCounters } from '../../../../../drivers/reference/metrics/read-counters.js';
import { readMetricsOptions } from '../../../../../drivers/reference/metrics/options.js';
import { createFaults } from '../../../../../drivers/reference/faults/index.js';
import { compileMesh } from '../../../../../drivers/reference/compile.js';
import { TYPE } from '../../../../../drivers/reference/xds/resource.js';
import { PROXY_PORTS } from '../../../../../drivers/reference/resources/proxy.js';
import { countOf } from '../../../../../src/metrics/histogram.js';
import { name } from '../../../metrics/world.js';
import { pod, service, world } from '../world.js';

const page = (numbers: Readonly<Record<string, number>>, histograms: Readonly<Record<string, number>>): string =>
  JSON.stringify({
    stats: [
      ...Object.entries(numbers).map(([stat, value]) => ({ name: stat, value })),
      {
        histograms: {
          details: Object.entries(histograms).map(([stat, count]) => ({
            name: stat,
            totals: count === 0 ? null : [{ lower_bound: 2_000, width: 100, count }],
          })),
        },
      },
    ],
  });
const OUT = 'called_route.root.shop:8080.upstream_cluster.out|http|stable.shop|8080.upstream_host.10.0.0.1:8080';
const IN = 'peer_identity.spiffe://meshgauge.local/ns/shop/sa/c1';
const COUNTED = {
  [`traffic.out.requests.${OUT}.response_status.200`]: 30,
  [`traffic.out.requests.${OUT}.response_status.404`]: 2,
  [`traffic.out.requests.${OUT}.response_status.503`]: 3,
  [`traffic.out.requests.called_route..upstream_cluster..upstream_host..response_status.0`]: 1,
  [`traffic.in.requests.${IN}.response_status.200`]: 4,
  [`traffic.in.requests.peer_identity..response_status.403`]: 5,
};
const LATENCIES = { [`traffic.out.latency.${OUT}`]: 35, [`traffic.in.latency.${IN}`]: 9 };
const options = {
  proxy: name('shop/c1'),
  podAt: (address: string) => (address === '10.0.0.1' ? name('shop/web-a') : undefined),
};

describe('counts that proxies keep for the metrics API', () => {
  it('tell who asked whom, by which service, and how it ended', () => {
    const { counts } = parseCounters(page(COUNTED, LATENCIES), options);
    const told = counts.map(({ latency, ...rest }) => ({ ...rest, latencies: countOf(latency) }));
    assert.deepEqual(told, [
      {
        ...{ side: 'client', from: name('shop/c1'), called: name('shop/root') },
        to: { pod: name('shop/web-a'), service: name('shop/stable') },
        ...{ success: 32, failure: 3, latencies: 35 },
      },
      { side: 'client', from: name('shop/c1'), to: {}, success: 0, failure: 1, latencies: 0 },
      {
        ...{ side: 'server', to: name('shop/c1'), from: { namespace: 'shop', serviceAccount: 'c1' } },
        ...{ success: 4, failure: 0, latencies: 9 },
      },
      { side: 'server', to: name('shop/c1'), success: 5, failure: 0, latencies: 0 },
    ]);
    assert.deepEqual(counts[0]?.latency[0], { low: 0.002, high: 0.0021, count: 35 });
  });

  it('are looked at again until the latencies of all that was counted are there', async () => {
    const pages = [
      page(COUNTED, {}),
      page(COUNTED, { [`traffic.out.latency.${OUT}`]: 1 }),
      page(COUNTED, { ...LATENCIES, [`traffic.in.latency.peer_identity.`]: 1 }),
    ];
    let asked = 0;
    const { counts } = await readCounters({ ...options, get: async () => pages[Math.min(asked++, 2)] ?? '' });
    assert.equal(asked, 3);
    assert.equal(countOf(counts[0]?.latency ?? []), 35);
  });

  it('are not waited for for ever', async () => {
    let asked = 0;
    await readCounters({ ...options, get: async () => (asked++, page(COUNTED, {})) });
    assert.equal(asked, 5);
  });
});

describe('what proxies are told to count', () => {
  const server = pod('s');
  const there = world([], { pods: [server, pod('c1')], services: [service('s')] });
  const proxy = { id: 's', pod: server, interception: 'address', listen: new Map() } as const;
  const compile = () => compileMesh(there, createFaults([]), () => PROXY_PORTS.firstService)(proxy);
  const text = (resources: unknown): string => JSON.stringify(resources);

  it('is told to every manager of HTTP, with the side it is on, and to nobody else', () => {
    const counting = new TrafficCounters().addTo(compile());
    const logs = counting[TYPE.listener].map((listener) => [
      listener.name,
      /traffic\.(in|out)/.exec(text(listener))?.[1],
    ]);
    assert.deepEqual(logs.filter(([, side]) => side !== undefined).sort(), [
      ['in|http|8080', 'in'],
      ['in|http|9090', 'in'],
      ['out|http', 'out'],
    ]);
    assert.ok(logs.length > 2, text(logs));
    assert.ok(!text(compile()).includes('traffic.'));
  });

  it('names the routes after what was called', () => {
    const [, outbound] = [compile(), new TrafficCounters().addTo(compile())].map((resources) =>
      resources[TYPE.route].find(({ name: route }) => route === 'outbound'),
    );
    const hosts = outbound?.virtualHosts ?? [];
    assert.ok(hosts.length > 0);
    for (const host of hosts) for (const route of host.routes ?? []) assert.equal(route.name, host.name);
  });

  it('is the same object for the same object, so that nothing is served twice', () => {
    const counters = new TrafficCounters();
    const resources = compile();
    const [first, again] = [counters.addTo(resources), counters.addTo(resources)];
    first[TYPE.listener].forEach((listener, index) => assert.equal(listener, again[TYPE.listener][index]));
    first[TYPE.route].forEach((routes, index) => assert.equal(routes, again[TYPE.route][index]));
    assert.equal(first[TYPE.cluster], resources[TYPE.cluster]);
  });
});

describe('options of the metrics', () => {
  it('have defaults', () => {
    assert.deepEqual(readMetricsOptions({}, '2s'), { windowMs: 2_000, served: 'native' });
    assert.deepEqual(readMetricsOptions({ 'metrics-window': '30s', metrics: 'shim' }, '2s'), {
      windowMs: 30_000,
      served: 'shim',
    });
  });

  for (const given of [{ 'metrics-window': '5' }, { 'metrics-window': '10ms' }, { metrics: 'off' }])
    it(`refuse ${JSON.stringify(given)}`, () => {
      assert.throws(() => readMetricsOptions(given, '2s'), { code: 'E_DRIVER_OPTION', exitCode: 4 });
    });
});
