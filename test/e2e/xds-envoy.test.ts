import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuthority } from '../../src/certificates/authority.js';
import { resolveEnvoy } from '../../drivers/reference/envoy/binary.js';
import { ENVOY_FLAGS, envoyBootstrap } from '../../drivers/reference/envoy/bootstrap.js';
import { AdsServer, type Rejection } from '../../drivers/reference/xds/ads-server.js';
import { packResource, TYPE, typedConfig, type Snapshot } from '../../drivers/reference/xds/resource.js';
import { RouterSchema } from '../../drivers/reference/xds/gen/envoy/extensions/filters/http/router/v3/router_pb.js';
import { HttpConnectionManagerSchema } from '../../drivers/reference/xds/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import type { VirtualHostJson } from '../../drivers/reference/xds/gen/envoy/config/route/v3/route_components_pb.js';

const NODE_ID = 'web';
const CONTROL_PLANE = 'spiffe://mesh.test/control-plane';
const HOUR_MS = 3_600_000;
const ACK_MS = 10_000;
const FROM_ADS = { resourceApiVersion: 'V3', ads: {} } as const;

describe('AdsServer and a real Envoy', function () {
  this.timeout(180_000); // the first run downloads Envoy
  let envoyPath: string;
  let app: http.Server;

  before(async () => {
    const cacheDir = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
    envoyPath = (await resolveEnvoy({ env: process.env, cacheDir })).path;
    app = http.createServer((_request, response) => response.end('app')).listen(0, '127.0.0.1');
    await once(app, 'listening');
  });

  after(() => {
    app.closeAllConnections();
    app.close();
  });

  for (const xds of ['sotw', 'delta'] as const) {
    describe(xds, () => {
      let dir: string;
      let ads: AdsServer;
      let envoy: ChildProcess;
      let port: number;

      const serve = (clusters: readonly string[], virtualHosts: readonly VirtualHostJson[]): number =>
        ads.setSnapshot(NODE_ID, snapshot((app.address() as AddressInfo).port, clusters, [...virtualHosts]));

      const askMesh = async (): Promise<{ status: number; stamp: string }> => {
        const { response } = await request({ host: '127.0.0.1', port, path: '/', agent: false });
        return { status: response.statusCode ?? 0, stamp: String(response.headers['x-stamp']) };
      };

      before(async () => {
        dir = await mkdtemp(join(tmpdir(), 'xds-'));
        const authority = await createAuthority('mesh.test');
        const own = await authority.issue({ spiffeId: CONTROL_PLANE, ttlMs: HOUR_MS });
        ads = await AdsServer.listen({ host: '127.0.0.1', port: 0, tls: { caPem: authority.caPem, ...own } });
        const spiffeId = 'spiffe://mesh.test/ns/shop/sa/web';
        ads.registerNode(NODE_ID, spiffeId);
        const generation = serve(['blue'], [stamped('blue', 'first')]);

        const bootstrap = envoyBootstrap({
          nodeId: NODE_ID,
          adsHost: '127.0.0.1',
          adsPort: ads.port,
          xds,
          identity: await authority.issue({ spiffeId, ttlMs: HOUR_MS }),
          caPem: authority.caPem,
          controlPlaneSpiffeId: CONTROL_PLANE,
          admin: { kind: 'unix', path: join(dir, 'admin.sock'), mode: 0o600 },
        });
        await writeFile(join(dir, 'envoy.json'), JSON.stringify(bootstrap), { mode: 0o600 });
        const log = openSync(join(dir, 'envoy.log'), 'w');
        envoy = spawn(envoyPath, ['-c', join(dir, 'envoy.json'), ...ENVOY_FLAGS], { stdio: ['ignore', log, log] });
        closeSync(log);
        assert.deepEqual(
          await ads.waitForAck(NODE_ID, generation, ACK_MS),
          { outcome: 'acked' },
          await readFile(join(dir, 'envoy.log'), 'utf8'),
        );
        port = await listenerPort(join(dir, 'admin.sock'));
      });

      after(async () => {
        if (envoy.exitCode === null) {
          const exited = once(envoy, 'exit');
          envoy.kill('SIGKILL');
          await exited;
        }
        await ads.close();
        await rm(dir, { recursive: true, force: true });
      });

      it('serves what it was given', async () => {
        assert.deepEqual(await askMesh(), { status: 200, stamp: 'first' });
      });

      it('takes a changed route, and says so', async () => {
        const generation = serve(['blue'], [stamped('blue', 'second')]);
        assert.deepEqual(await ads.waitForAck(NODE_ID, generation, ACK_MS), { outcome: 'acked' });
        assert.equal(ads.acknowledged(NODE_ID)[TYPE.route], String(generation));
        await until(async () => (await askMesh()).stamp === 'second');
      });

      it('moves to a new cluster without one failed request, and drops the old one', async () => {
        let isMoving = true;
        const failures: number[] = [];
        const probing = (async () => {
          while (isMoving) {
            const { status } = await askMesh();
            if (status !== 200) failures.push(status);
          }
        })();
        for (const [to, stamp] of [
          ['green', 'third'],
          ['blue', 'fourth'],
          ['green', 'fifth'],
        ] as const) {
          const generation = serve([to], [stamped(to, stamp)]);
          assert.deepEqual(await ads.waitForAck(NODE_ID, generation, ACK_MS), { outcome: 'acked' });
          await until(async () => (await askMesh()).stamp === stamp);
        }
        isMoving = false;
        await probing;
        assert.deepEqual(failures, []);
        const clusters = await admin(join(dir, 'admin.sock'), '/clusters');
        assert.match(clusters, /^green::/m);
        assert.doesNotMatch(clusters, /^blue::/m);
      });

      it('warms a changed cluster at once', async () => {
        const started = performance.now();
        const before = ads.acknowledged(NODE_ID)[TYPE.cluster];
        const generation = serve(['green', 'extra'], [stamped('green', 'sixth')]);
        assert.deepEqual(await ads.waitForAck(NODE_ID, generation, ACK_MS), { outcome: 'acked' });
        const changed = ads.setSnapshot(
          NODE_ID,
          snapshot((app.address() as AddressInfo).port, ['green'], [stamped('green', 'sixth')], '2.5s'),
        );
        assert.deepEqual(await ads.waitForAck(NODE_ID, changed, ACK_MS), { outcome: 'acked' });
        assert.notEqual(ads.acknowledged(NODE_ID)[TYPE.cluster], before);
        assert.ok(performance.now() - started < 5_000, 'a cluster waited for its endpoints until the time-out');
      });

      it('keeps serving the last good configuration when it refuses one, in its own words', async () => {
        const good = serve(['green'], [stamped('green', 'good')]);
        await ads.waitForAck(NODE_ID, good, ACK_MS);
        await until(async () => (await askMesh()).stamp === 'good');

        const rejected = once(ads.events, 'rejected');
        const bad = serve(['green'], [stamped('green', 'bad'), { ...stamped('green', 'bad'), name: 'twin' }]);
        const [rejection] = (await rejected) as [Rejection];
        assert.equal(rejection.typeUrl, TYPE.route);
        assert.deepEqual(rejection.resources, ['outbound']);
        assert.match(rejection.message, /domain/i);
        assert.equal((await ads.waitForAck(NODE_ID, bad, ACK_MS)).outcome, 'rejected');
        assert.equal(ads.acknowledged(NODE_ID)[TYPE.route], String(good));
        assert.equal((await askMesh()).stamp, 'good');

        const better = serve(['green'], [stamped('green', 'better')]);
        assert.deepEqual(await ads.waitForAck(NODE_ID, better, ACK_MS), { outcome: 'acked' });
        await until(async () => (await askMesh()).stamp === 'better');
      });
    });
  }
});

function snapshot(
  appPort: number,
  clusters: readonly string[],
  virtualHosts: VirtualHostJson[],
  connectTimeout = '1s',
): Snapshot {
  return new Map([
    [
      TYPE.cluster,
      clusters.map((name) =>
        packResource(TYPE.cluster, { name, connectTimeout, type: 'EDS', edsClusterConfig: { edsConfig: FROM_ADS } }),
      ),
    ],
    [
      TYPE.endpoints,
      clusters.map((clusterName) =>
        packResource(TYPE.endpoints, {
          clusterName,
          endpoints: [{ lbEndpoints: [{ endpoint: { address: loopback(appPort) } }] }],
        }),
      ),
    ],
    [
      TYPE.listener,
      [
        packResource(TYPE.listener, {
          name: 'outbound',
          address: loopback(0),
          filterChains: [
            {
              filters: [
                {
                  name: 'envoy.filters.network.http_connection_manager',
                  typedConfig: typedConfig(HttpConnectionManagerSchema, {
                    statPrefix: 'outbound',
                    rds: { routeConfigName: 'outbound', configSource: FROM_ADS },
                    httpFilters: [{ name: 'envoy.filters.http.router', typedConfig: typedConfig(RouterSchema, {}) }],
                  }),
                },
              ],
            },
          ],
        }),
      ],
    ],
    [TYPE.route, [packResource(TYPE.route, { name: 'outbound', virtualHosts })]],
  ]);
}

function stamped(cluster: string, stamp: string): VirtualHostJson {
  return {
    name: 'app',
    domains: ['*'],
    routes: [
      {
        match: { prefix: '/' },
        route: { cluster },
        responseHeadersToAdd: [{ header: { key: 'x-stamp', value: stamp } }],
      },
    ],
  };
}

function loopback(portValue: number) {
  return { socketAddress: { address: '127.0.0.1', portValue } };
}

async function listenerPort(adminSocket: string): Promise<number> {
  interface Listeners {
    readonly listener_statuses?: readonly { readonly local_address: { socket_address: { port_value: number } } }[];
  }
  let port = 0;
  await until(async () => {
    const listeners = JSON.parse(await admin(adminSocket, '/listeners?format=json')) as Listeners;
    port = listeners.listener_statuses?.[0]?.local_address.socket_address.port_value ?? 0;
    return port > 0;
  });
  return port;
}

async function admin(socketPath: string, path: string): Promise<string> {
  return (await request({ socketPath, path })).body;
}

async function request(options: RequestOptions): Promise<{ response: IncomingMessage; body: string }> {
  const [response] = (await once(http.get(options), 'response')) as [IncomingMessage];
  return { response, body: await text(response) };
}

async function until(holds: () => Promise<boolean>, timeoutMs = 5_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `not so after ${timeoutMs} ms`);
    await sleep(5);
  }
}
