import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TYPE } from '../../drivers/reference/xds/resource.js';
import type { SmiObject } from '../../src/smi/model.js';
import { NS, ReferenceFixture } from './reference-fixture.js';
import { ALL_RULE, allow, EVERYTHING, group, meta } from './reference-words.js';

for (const xds of ['delta', 'sotw']) {
  describe(`reference mesh over ${xds} xDS`, function () {
    this.timeout(60_000);
    let fixture: ReferenceFixture;

    before(async () => {
      fixture = await ReferenceFixture.start(`ref-${xds}`, { options: { xds } });
      await fixture.service('s', { app: 's' });
      await fixture.service('root', { root: 'yes' });
      await fixture.service('v1', { app: 'v1' });
      await fixture.service('v2', { app: 'v2' });
      await fixture.startPods('c1', 'c2', 's', 'v1', 'v2', 'u1');
    });
    after(() => fixture[Symbol.asyncDispose]());

    it('denies by default, allows one client one route, and denies again after the deletion', async () => {
      assert.equal(await fixture.answer({ from: 'c1' }), 'no');
      const routes = group('a', { name: 'a', pathRegex: '/a', methods: ['GET'] });
      await fixture.withObjects([routes, allow('s', 'c1', { kind: 'HTTPRouteGroup', name: 'a' })], async () => {
        await fixture.becomes('yes', { from: 'c1', path: '/a?x=1' });
        assert.equal(await fixture.answer({ from: 'c1', path: '/ab' }), 'no');
        assert.equal(await fixture.answer({ from: 'c1', path: '/a', method: 'POST' }), 'no');
        assert.equal(await fixture.answer({ from: 'c2', path: '/a' }), 'no');
      });
      await fixture.becomes('no', { from: 'c1', path: '/a' });
    });

    it('carries h2c, gRPC and WebSocket, and denies each to others', async () => {
      await fixture.withObjects([EVERYTHING, allow('s', 'c1', ALL_RULE)], async () => {
        for (const via of ['h2c', 'grpc', 'websocket'] as const) {
          await fixture.becomes('yes', { from: 'c1', via });
          assert.equal(await fixture.answer({ from: 'c2', via }), 'no', via);
        }
      });
    });

    it('authorizes TCP and UDP by port and identity', async () => {
      const tcp: SmiObject = { kind: 'TCPRoute', metadata: meta('t'), ports: [8300] };
      const udp: SmiObject = { kind: 'UDPRoute', metadata: meta('u'), ports: [8301] };
      const rules = [
        { kind: 'TCPRoute', name: 't' },
        { kind: 'UDPRoute', name: 'u' },
      ];
      await fixture.withObjects([tcp, udp, allow('s', 'c1', ...rules)], async () => {
        await fixture.becomes('yes', { from: 'c1', via: 'tcp' });
        await fixture.becomes('yes', { from: 'c1', via: 'udp' });
        assert.equal(await fixture.answer({ from: 'c2', via: 'tcp' }), 'no');
        assert.equal(await fixture.answer({ from: 'c2', via: 'udp' }), 'no');
        assert.equal(await fixture.answer({ from: 'c1' }), 'no', 'HTTP on a port that no rule names');
        await fixture.apply({ ...tcp, ports: [1] }, { ...udp, ports: [1] });
        await fixture.becomes('no', { from: 'c1', via: 'tcp' });
        await fixture.becomes('no', { from: 'c1', via: 'udp' });
      });
    });

    it('splits HTTP and TCP, and leaves leaves alone', async () => {
      const tcp: SmiObject = { kind: 'TCPRoute', metadata: meta('t'), ports: [] };
      const rules = [{ kind: 'TCPRoute', name: 't' }];
      const split: SmiObject = {
        kind: 'TrafficSplit',
        metadata: meta('split'),
        service: 'root',
        backends: [
          { service: 'v1', weight: 100 },
          { service: 'v2', weight: 0 },
        ],
      };
      await fixture.withObjects([tcp, allow('v1', 'c1', ...rules), allow('v2', 'c1', ...rules)], async () => {
        const both = async (via: 'http' | 'tcp') =>
          Object.keys(await fixture.shares({ from: 'c1', to: 'root', via, count: 60 }))
            .sort()
            .join();
        for (const via of ['http', 'tcp'] as const)
          await fixture.until(`both leaves over ${via}`, async () => (await both(via)) === 'v1,v2');
        await fixture.withObjects([split], async () => {
          for (const via of ['http', 'tcp'] as const) {
            await fixture.until(`only v1 over ${via}`, async () => (await both(via)) === 'v1');
            assert.deepEqual(await fixture.shares({ from: 'c1', to: 'root', via, count: 200 }), { v1: 200 });
          }
          assert.deepEqual(await fixture.shares({ from: 'c1', to: 'v2', count: 20 }), { v2: 20 });
          await fixture.apply({
            ...split,
            backends: [
              { service: 'v1', weight: 3 },
              { service: 'v2', weight: 1 },
            ],
          });
          await fixture.until('the new weights', async () => (await both('http')) === 'v1,v2');
          const { v1 = 0, v2 = 0 } = await fixture.shares({ from: 'c1', to: 'root', count: 800 });
          assert.equal(v1 + v2, 800);
          assert.ok(v2 > 140 && v2 < 260, `v2 got ${v2} of 800, 200 expected`);
        });
        await fixture.until('both leaves again', async () => (await both('http')) === 'v1,v2');
      });
    });

    it('splits what matches a header, leaves the rest to the selector, and fails the share of a missing backend', async () => {
      const firefox = group('firefox', { name: 'ua', headers: [{ name: 'User-Agent', regex: '.*Firefox.*' }] });
      const split: SmiObject = {
        kind: 'TrafficSplit',
        metadata: meta('ab'),
        service: 'root',
        backends: [{ service: 'v2', weight: 1 }],
        matches: [{ kind: 'HTTPRouteGroup', name: 'firefox' }],
      };
      const fox = { from: 'c1', to: 'root', headers: [['user-agent', 'Firefox/99']] as const, count: 40 };
      await fixture.withObjects(
        [EVERYTHING, allow('v1', 'c1', ALL_RULE), allow('v2', 'c1', ALL_RULE), split],
        async () => {
          const leaves = async (ask: typeof fox | Omit<typeof fox, 'headers'>) =>
            Object.keys(await fixture.shares(ask))
              .sort()
              .join();
          const { headers: _none, ...plain } = fox;
          await fixture.until('both leaves while the group is missing', async () => (await leaves(fox)) === 'v1,v2');
          await fixture.withObjects([firefox], async () => {
            await fixture.until('only v2 for what matches', async () => (await leaves(fox)) === 'v2');
            assert.equal(await leaves(plain), 'v1,v2');
            await fixture.apply({
              ...split,
              backends: [
                { service: 'v2', weight: 1 },
                { service: 'gone', weight: 1 },
              ],
            });
            await fixture.until('failures of the missing share', async () => (await leaves(fox)) === 'nobody,v2');
            const statuses = new Set((await fixture.ask(fox)).map(({ status }) => status));
            assert.deepEqual([...statuses].sort(), [200, 503]);
          });
        },
      );
    });

    it('normalises a path before it is judged', async () => {
      const routes = group('pub', { name: 'pub', pathRegex: '/pub.*' });
      await fixture.withObjects([routes, allow('s', 'c1', { kind: 'HTTPRouteGroup', name: 'pub' })], async () => {
        await fixture.becomes('yes', { from: 'c1', path: '/pub/x' });
        for (const path of [
          '/pub/../admin',
          '/pub/%2e%2e/admin',
          '/pub/..%2fadmin',
          '/pub%2f..%2fadmin',
          '/pub/..%5cadmin',
          '//admin',
          '/PUB/x',
        ]) {
          assert.equal(await fixture.answer({ from: 'c1', path }), 'no', path);
        }
      });
    });

    it('refuses plaintext, takes it in a permissive namespace, and then still authorizes it', async () => {
      const server = fixture.pods.get('s')?.pod;
      assert.ok(server);
      const direct = { from: 'u1', host: server.ip, port: server.physicalPorts.get('tcp/8080') ?? 8080 };
      await fixture.withObjects([EVERYTHING, allow('s', 'c1', ALL_RULE)], async () => {
        await fixture.becomes('yes', { from: 'c1' });
        assert.equal((await fixture.ask(direct))[0]?.status, undefined);
        await fixture.mesh.setMode?.(NS, { mtls: 'permissive' });
        await fixture.until('a plaintext answer of 403', async () => (await fixture.ask(direct))[0]?.status === 403);
        assert.equal(await fixture.answer({ from: 'c1' }), 'yes');
        await fixture.mesh.setMode?.(NS, { access: 'allow' });
        await fixture.becomes('yes', direct);
        await fixture.mesh.setMode?.(NS, { mtls: 'strict', access: 'deny' });
        await fixture.becomes('no', direct);
      });
    });

    it('rotates certificates under load without a failure', async () => {
      await fixture.withObjects([EVERYTHING, allow('s', 'c1', ALL_RULE)], async () => {
        await fixture.becomes('yes', { from: 'c1' });
        const client = fixture.pods.get('c1');
        assert.ok(client);
        const address = fixture.mesh.address({ namespace: NS, name: 's', port: 8080, protocol: 'http' }, client.pod);
        const stream = await client.agent.openStream({
          idPrefix: `rotate-${xds}-`,
          cell: 'rotation',
          spec: { protocol: 'http', ...address, timeoutMs: 2_000 },
          gapMs: 5,
          maxDurationMs: 30_000,
          connections: 'new',
        });
        for (let round = 0; round < 3; round++) await fixture.mesh.rotateCertificates?.();
        const records = await stream.stop();
        assert.ok(records.length >= 3);
        assert.deepEqual(
          records.filter(({ ok }) => !ok),
          [],
        );
        assert.equal(await fixture.answer({ from: 'c2' }), 'no');
      });
    });

    it('refuses an expression that no proxy can run before it is stored', async () => {
      const bad = group('bad', { name: 'x', pathRegex: '(' });
      await assert.rejects(fixture.apply(bad), /refused.*not a regular expression of RE2/);
    });

    it('answers 404 for a name that is no service', async () => {
      assert.equal((await fixture.ask({ from: 'c1', authority: 'nobody.ns1:8080' }))[0]?.status, 404);
    });

    it('names its proxies, has no problems, and bundles what it knows', async () => {
      const proxies = await fixture.mesh.proxies();
      assert.deepEqual(proxies.map(({ pod }) => pod).sort(), ['c1', 'c2', 's', 'v1', 'v2']);
      assert.ok(proxies.every(({ acknowledged }) => acknowledged[TYPE.listener] !== undefined));
      assert.deepEqual(fixture.mesh.problems?.(), []);
      const dir = await mkdtemp(join(tmpdir(), 'mg-bundle-'));
      try {
        await fixture.mesh.debugBundle(dir);
        const dump = await readFile(join(dir, NS, 's', 'config-dump.json'), 'utf8');
        assert.ok(dump.includes('in|http|8080'));
        const served = await readFile(join(dir, NS, 's', 'served.json'), 'utf8');
        assert.ok(served.includes('outbound') && !served.includes('PRIVATE KEY'));
      } finally {
        await rm(dir, { recursive: true });
      }
    });

    it('gives a new pod on an old address no old rights', async () => {
      await fixture.withObjects([EVERYTHING, allow('s', 'c1', ALL_RULE)], async () => {
        const old = fixture.pods.get('c1')?.pod;
        assert.ok(old);
        await fixture.becomes('yes', { from: 'c1' });
        await fixture.env.stopPod(NS, 'c1');
        const spec = {
          name: 'c3',
          namespace: NS,
          serviceAccount: 'c3',
          labels: {},
          meshed: true,
          ports: [],
          ip: old.ip,
        };
        const [reborn] = await fixture.env.startPods([spec], fixture.mesh);
        assert.ok(reborn);
        assert.equal(reborn.pod.ip, old.ip);
        fixture.pods.set('c3', reborn);
        assert.equal(await fixture.answer({ from: 'c3' }), 'no');
        assert.equal(await fixture.answer({ from: 'c2' }), 'no');
        await fixture.startPods('c1');
        await fixture.becomes('yes', { from: 'c1' });
      });
    });
  });
}
