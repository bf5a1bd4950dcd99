import assert from 'node:assert/strict';
import { join } from 'node:path';
import { adminSocket } from '../../drivers/reference/sidecar.js';
import type { MetricsEndpoint } from '../../src/mesh/driver.js';
import { httpEndpoint } from '../../src/metrics/endpoint.js';
import { readAnswer, type Reading } from '../../src/metrics/read-answer.js';
import { API_VERSION } from '../../src/metrics/resources.js';
import { CliHome, waitForLine } from './cli-fixture.js';
import { NS, ReferenceFixture, type Ask } from './reference-fixture.js';
import { ALL_RULE, allow, EVERYTHING, meta } from './reference-words.js';

const SPLIT = {
  kind: 'TrafficSplit',
  metadata: meta('canary'),
  service: 'root',
  backends: [
    { service: 'v1', weight: 1 },
    { service: 'v2', weight: 0 },
  ],
} as const;

/** The reference mesh with a client `c1`, another one, a server `s`, and `root` split to `v1`. */
async function start(runId: string, options: Readonly<Record<string, string>>): Promise<ReferenceFixture> {
  const fixture = await ReferenceFixture.start(runId, { metrics: true, options });
  for (const name of ['s', 'v1', 'v2']) await fixture.service(name, { app: name });
  await fixture.service('root', { root: 'yes' });
  await fixture.startPods('c1', 'c2', 's', 'v1', 'v2');
  await fixture.apply(
    EVERYTHING,
    allow('s', 'c1', ALL_RULE),
    allow('s', 'c2', ALL_RULE),
    allow('v1', 'c1', ALL_RULE),
    SPLIT,
  );
  for (const ask of [{ from: 'c1' }, { from: 'c2' }, { from: 'c1', to: 'root' }]) await fixture.becomes('yes', ask);
  return fixture;
}

async function read(endpoint: MetricsEndpoint, path: string): Promise<readonly Reading[]> {
  const { status, body } = await endpoint.get(`/apis/${API_VERSION}/namespaces/${NS}${path}`);
  assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`);
  const readings = readAnswer(body);
  assert.deepEqual(
    readings.flatMap(({ problems }) => problems),
    [],
  );
  return readings;
}

const countsOf = ({ success, failure }: Reading): readonly number[] => [success, failure];
const edgesOf = (readings: readonly Reading[]) =>
  readings
    .map((one) => [
      one.metrics.edge?.direction,
      one.metrics.edge?.side,
      one.metrics.edge?.resource?.name,
      ...countsOf(one),
    ])
    .sort();

/** Waits until nothing is in the window any more, asks, and waits until that much is. */
async function askAndCount(fixture: ReferenceFixture, endpoint: MetricsEndpoint, asks: readonly Ask[]): Promise<void> {
  const total = async (): Promise<number> => {
    const [all] = await read(endpoint, '');
    return (all?.success ?? 0) + (all?.failure ?? 0);
  };
  await fixture.until('the window to be quiet', async () => (await total()) === 0);
  await Promise.all(asks.map((ask) => fixture.ask(ask)));
  const wanted = asks.reduce((sum, { count = 1 }) => sum + count, 0);
  await fixture.until(`${wanted} requests to be counted`, async () => (await total()) >= wanted);
}

const ASKS: readonly Ask[] = [
  { from: 'c1', count: 20 },
  { from: 'c1', count: 5, headers: [['x-meshgauge-status', '503']] },
  { from: 'c2', count: 8 },
  { from: 'c1', to: 'root', count: 12 },
  { from: 'c1', to: 'v1', count: 4 },
];

describe('traffic metrics of the reference mesh', function () {
  this.timeout(120_000);
  let fixture: ReferenceFixture;
  let endpoint: MetricsEndpoint;

  before(async () => {
    fixture = await start('metrics', { 'metrics-window': '4s' });
    endpoint = await (fixture.mesh.metrics?.() ?? assert.fail('no metrics'));
  });
  after(() => fixture[Symbol.asyncDispose]());

  it('count every request once at each end, by who asked whom', async () => {
    await askAndCount(fixture, endpoint, ASKS);
    const [[server], edges, ofClient, backends, [namespace]] = await Promise.all([
      read(endpoint, '/pods/s'),
      read(endpoint, '/pods/s/edges'),
      read(endpoint, '/pods/c1/edges'),
      read(endpoint, '/trafficsplits/canary'),
      read(endpoint, ''),
    ]);
    assert.ok(server && namespace);
    assert.deepEqual(countsOf(server), [28, 5]);
    assert.deepEqual(countsOf(namespace), [44, 5]);
    assert.deepEqual(edgesOf(edges), [
      ['from', 'server', 'c1', 20, 5],
      ['from', 'server', 'c2', 8, 0],
    ]);
    assert.deepEqual(edgesOf(ofClient), [
      ['to', 'client', 's', 20, 5],
      ['to', 'client', 'v1', 16, 0],
    ]);
    assert.deepEqual(
      backends.map(({ metrics, ...one }) => [metrics.backend, ...countsOf({ metrics, ...one })]),
      [
        [{ apex: 'root', name: 'v1', weight: 1 }, 12, 0],
        [{ apex: 'root', name: 'v2', weight: 0 }, 0, 0],
      ],
    );
  });

  it('have latencies that ascend, and grow with what the server waits', async () => {
    const slow = { from: 'c1', count: 10, headers: [['x-meshgauge-delay', '120']] } as const;
    await askAndCount(fixture, endpoint, [slow]);
    const [server] = await read(endpoint, '/pods/s');
    const {
      p50_response_latency: p50 = 0,
      p90_response_latency: p90 = 0,
      p99_response_latency: p99 = 0,
    } = server?.latency ?? {};
    assert.ok(p50 >= 0.11 && p50 <= p90 && p90 <= p99 && p99 < 2, JSON.stringify(server?.latency));
  });

  it('count refusals as answers of the server', async () => {
    await fixture.delete(allow('s', 'c2', ALL_RULE));
    await fixture.until('c2 to be refused', async () => (await fixture.answer({ from: 'c2' })) === 'no');
    await askAndCount(fixture, endpoint, [{ from: 'c2', count: 6 }]);
    assert.deepEqual(edgesOf(await read(endpoint, '/pods/s/edges')), [['from', 'server', 'c2', 6, 0]]);
  });

  it('are not there, and cost nothing, unless they were wanted', async () => {
    await using plain = await ReferenceFixture.start('no-metrics');
    assert.ok(plain.mesh.metrics === undefined);
    assert.ok(plain.mesh.readTraffic === undefined);
  });
});

describe('the metrics shim', function () {
  this.timeout(120_000);

  it('serves what Envoys count unasked, from the command line, and says that it does', async () => {
    await using fixture = await start('shim', { metrics: 'shim' });
    assert.ok(fixture.mesh.metrics === undefined);
    assert.ok((await fixture.mesh.readTraffic?.())?.length === 5);
    await using home = await CliHome.create();
    const proxies = [...fixture.pods.values()].map(({ pod }) => `${NS}/${pod.name},${pod.ip}@${adminSocket(pod)}`);
    const cli = home.start(['metrics', 'serve', '--window', '4s', '--port', '0', '--json', '--proxy', ...proxies]);
    const said = new Promise<string>((resolve) =>
      cli.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
    );
    await waitForLine(cli, /ends with Ctrl-C/);
    const { url, windowMs } = JSON.parse(await said) as { url: string; windowMs: number };
    assert.equal(windowMs, 4_000);
    const { hostname, port } = new URL(url);
    const endpoint = httpEndpoint({ host: hostname, port: Number(port) }, { source: 'shim', lagMs: 0 });
    await askAndCount(fixture, endpoint, ASKS);
    const [server] = await read(endpoint, '/pods/s');
    assert.ok(server);
    assert.deepEqual(countsOf(server), [28, 5]);
    assert.deepEqual(edgesOf(await read(endpoint, '/pods/s/edges')), [
      ['from', 'client', 'c1', 20, 5],
      ['from', 'client', 'c2', 8, 0],
    ]);
    const { body } = await endpoint.get(`/apis/${API_VERSION}/pods`);
    assert.match(JSON.stringify(body), /"annotations":\{"meshgauge.dev\/metrics-source":"shim"\}/);
    cli.kill('SIGINT');
    assert.equal((await cli).exitCode, 0);
  });

  it('prints what a cluster needs', async () => {
    await using home = await CliHome.create();
    const { stdout, exitCode } = await home.call([
      'metrics',
      'manifest',
      '--mesh',
      'osm',
      '--image',
      join('registry.test', 'shim:1'),
    ]);
    assert.equal(exitCode, 0);
    for (const kind of ['APIService', 'ClusterRole', 'Deployment', 'Service', 'Secret'])
      assert.match(stdout, new RegExp(`^kind: ${kind}$`, 'm'));
    assert.match(stdout, /image: registry.test\/shim:1/);
  });

  for (const [what, args, code] of [
    ['a proxy that is none', ['serve', '--proxy', 'nonsense'], 'E_PROXY_OPTION'],
    ['a window that is none', ['serve', '--window', 'soon'], 'E_METRICS_WINDOW'],
    ['a mesh that nobody knows', ['serve', '--mesh', 'nonsense'], 'E_UNKNOWN_MESH'],
    ['a mesh without such proxies', ['serve', '--mesh', 'none'], 'E_NO_STATISTICS'],
    ['a mesh that the shim does not know', ['manifest', '--mesh', 'none'], 'E_UNKNOWN_MESH'],
    ['an address that is not ours', ['serve', '--proxy', 'a@/x', '--host', '192.0.2.1'], 'E_NO_PROXIES'],
  ] as const)
    it(`refuses ${what}`, async () => {
      await using home = await CliHome.create();
      const { exitCode, stderr } = await home.call(['metrics', ...args]);
      assert.equal(exitCode, code === 'E_NO_PROXIES' ? 3 : 4, stderr);
      assert.match(stderr, new RegExp(`code: ${code}`));
    });
});
