/** Every protocol through two real proxies, allowed and denied, and what both ends wrote down of each request. */
import assert from 'node:assert/strict';
import { STREAM_MESSAGES, type ClientProtocol, type ServerRecord } from '../../fixtures/agent/protocol.js';
import type { SmiObject } from '../../src/smi/model.js';
import { ReferenceFixture } from './reference-fixture.js';
import { ALL_RULE, allow, EVERYTHING, group, meta } from './reference-words.js';

const COUNT = 5;
const TCP: SmiObject = { kind: 'TCPRoute', metadata: meta('t'), ports: [8300] };
const UDP: SmiObject = { kind: 'UDPRoute', metadata: meta('u'), ports: [8301] };
const byTcp = { kind: 'TCPRoute', name: 't' };
const byUdp = { kind: 'UDPRoute', name: 'u' };

interface Way {
  readonly via: ClientProtocol;
  readonly seenAs: ServerRecord['protocol'];
  readonly objects: readonly SmiObject[];
  /** Records of one request at the server, each message of a stream included. */
  readonly lines?: number;
  readonly messages?: { readonly sent: number; readonly received: number };
}
const OVER_HTTP = [EVERYTHING, allow('s', 'c1', ALL_RULE)];
const WAYS: readonly Way[] = [
  { via: 'http', seenAs: 'http/1.1', objects: OVER_HTTP },
  { via: 'h2c', seenAs: 'h2', objects: OVER_HTTP },
  { via: 'grpc', seenAs: 'grpc', objects: OVER_HTTP },
  {
    via: 'grpc-server-stream',
    seenAs: 'grpc',
    objects: OVER_HTTP,
    lines: 1 + 1,
    messages: { sent: 1, received: STREAM_MESSAGES },
  },
  {
    via: 'grpc-client-stream',
    seenAs: 'grpc',
    objects: OVER_HTTP,
    lines: 1 + STREAM_MESSAGES,
    messages: { sent: STREAM_MESSAGES, received: 1 },
  },
  {
    via: 'grpc-bidi-stream',
    seenAs: 'grpc',
    objects: OVER_HTTP,
    lines: 1 + STREAM_MESSAGES,
    messages: { sent: STREAM_MESSAGES, received: STREAM_MESSAGES },
  },
  { via: 'websocket', seenAs: 'websocket', objects: OVER_HTTP },
  { via: 'tcp', seenAs: 'tcp', objects: [TCP, allow('s', 'c1', byTcp)] },
  { via: 'udp', seenAs: 'udp', objects: [UDP, allow('s', 'c1', byUdp)] },
];
const GRPC = WAYS.filter(({ via }) => via.startsWith('grpc'));

describe('every protocol through the mesh', function () {
  this.timeout(60_000);
  let fixture: ReferenceFixture;

  before(async () => {
    fixture = await ReferenceFixture.start('protocols');
    await fixture.service('s', { app: 's' });
    await fixture.startPods('c1', 'c2', 's');
  });
  after(() => fixture[Symbol.asyncDispose]());

  const recorded = async (): Promise<readonly ServerRecord[]> => (await fixture.pods.get('s')?.agent.records()) ?? [];

  for (const { via, seenAs, objects, lines = 1, messages } of WAYS) {
    it(`${via}: each allowed request is on record at both ends, and not one denied request arrives`, async () => {
      await fixture.withObjects(objects, async () => {
        await fixture.becomes('yes', { from: 'c1', via });
        await recorded();
        const asked = await fixture.ask({ from: 'c1', via, count: COUNT });
        assert.equal(new Set(asked.map(({ id }) => id)).size, COUNT);
        for (const record of asked)
          assert.deepEqual(
            [record.ok, record.error, record.server, record.messages],
            [true, undefined, 's', messages],
            record.id,
          );
        const seen = await recorded();
        for (const { id } of asked) {
          const own = seen.filter((line) => line.id === id);
          assert.deepEqual([own.length, new Set(own.map(({ protocol }) => protocol))], [lines, new Set([seenAs])], id);
        }
        const denied = await fixture.ask({ from: 'c2', via, count: COUNT });
        assert.ok(denied.every(({ ok, server }) => !ok && server === undefined));
        const ids = new Set(denied.map(({ id }) => id));
        assert.deepEqual(
          (await recorded()).filter(({ id }) => ids.has(id)),
          [],
        );
      });
      await fixture.becomes('no', { from: 'c1', via });
    });
  }

  it('gRPC calls, streaming or not, are allowed by their path and method', async () => {
    const calls = group('calls', { name: 'watch', pathRegex: '/shop\\.Cart/Watch', methods: ['POST'] });
    await fixture.withObjects([calls, allow('s', 'c1', { kind: 'HTTPRouteGroup', name: 'calls' })], async () => {
      for (const { via } of GRPC) {
        await fixture.becomes('yes', { from: 'c1', via, path: '/shop.Cart/Watch' });
        const [refused] = await fixture.ask({ from: 'c1', via, path: '/shop.Cart/Empty' });
        assert.deepEqual([refused?.ok, refused?.error?.code, refused?.server], [false, 'GRPC_7', undefined], via);
      }
    });
  });

  it('a call both ways that stays open carries one exchange after the other, each on record', async () => {
    const client = fixture.pods.get('c1');
    assert.ok(client);
    await fixture.withObjects(OVER_HTTP, async () => {
      await fixture.becomes('yes', { from: 'c1', via: 'grpc-bidi-stream' });
      const address = fixture.mesh.address({ namespace: 'ns1', name: 's', port: 8080, protocol: 'http' }, client.pod);
      const session = await client.agent.openSession({
        idPrefix: 'kept-',
        cell: 'kept',
        spec: { protocol: 'grpc-bidi-stream', ...address, timeoutMs: 2_000 },
      });
      assert.equal(session.first.ok, true, session.first.error?.message);
      const later = await session.exchange('later');
      assert.deepEqual([later.ok, later.messages], [true, { sent: STREAM_MESSAGES, received: STREAM_MESSAGES }]);
      const ids = (await recorded()).filter(({ id }) => id.startsWith('kept-'));
      assert.deepEqual(
        [
          ids.filter(({ message }) => message === undefined).length,
          ids.filter(({ message }) => message !== undefined).length,
        ],
        [1, 2 * STREAM_MESSAGES],
      );
      await session.close();
    });
  });
});
