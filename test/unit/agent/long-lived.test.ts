import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { startAgent, type TestAgent } from './agent-process.js';

describe('agent: sessions and streams', function () {
  this.timeout(20_000);
  let agent: TestAgent;
  before(async () => (agent = await startAgent()));
  after(() => agent[Symbol.asyncDispose]());
  beforeEach(() => agent.client.records());

  for (const protocol of ['http', 'tcp', 'websocket'] as const) {
    it(`${protocol} session: exchanges share one connection, and a dead one stays dead`, async () => {
      const server = await startAgent('far');
      const spec = server.spec(protocol);
      const session = await agent.client.openSession({ idPrefix: 's-', cell: 'first', spec });
      assert.deepEqual([session.first.ok, session.first.id, session.first.server], [true, 's-0', 'far']);
      const second = await session.exchange('second');
      assert.deepEqual([second.ok, second.id, second.cell, second.conn], [true, 's-1', 'second', 0]);
      const seen = await server.client.records();
      assert.deepEqual(
        seen.map(({ id }) => id),
        ['s-0', 's-1'],
      );
      assert.equal(new Set(seen.map(({ conn }) => conn)).size, 1);
      await server[Symbol.asyncDispose]();
      for (const cell of ['third', 'fourth']) {
        const after = await session.exchange(cell);
        assert.deepEqual([after.ok, after.error?.code], [false, 'ECONNRESET']);
      }
      await session.close();
      await assert.rejects(session.exchange('fifth'), /404/);
    });
  }

  it('tcp session: a late answer is not taken for the next one', async () => {
    const sockets: Socket[] = [];
    const held = createTcpServer((socket) => {
      sockets.push(socket);
      let first = '';
      socket.on('data', (chunk) => {
        const id = chunk.toString().trim();
        if (id === 's-0') first = id;
        else socket.write(`${first} slow\n${id} slow\n`);
      });
    }).listen(0, '127.0.0.1');
    await once(held, 'listening');
    const { port } = held.address() as { port: number };
    const session = await agent.client.openSession({
      idPrefix: 's-',
      cell: 'c',
      spec: agent.spec('tcp', { port, timeoutMs: 100 }),
    });
    assert.equal(session.first.error?.code, 'ETIMEDOUT');
    const next = await session.exchange('c');
    assert.deepEqual([next.ok, next.id, next.server], [true, 's-1', 'slow']);
    sockets.forEach((socket) => socket.destroy());
    held.close();
  });

  it('stream: open loop, one probe a gap, whatever the answers take', async () => {
    // Each answer takes 15 gaps: a closed loop would send a fifteenth of the probes.
    let arrived = 0;
    let lastArrival: () => void = () => undefined;
    const allArrived = new Promise<void>((resolve) => (lastArrival = resolve));
    const slow = createServer((_, response) => {
      if (++arrived === 31) lastArrival();
      setTimeout(() => response.end(), 300);
    }).listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const { port } = slow.address() as { port: number };
    const spec = agent.spec('http', { port });
    const stream = await agent.client.openStream({
      idPrefix: 'p-',
      cell: 'c',
      spec,
      gapMs: 20,
      maxDurationMs: 600,
      connections: 'reuse',
    });
    await allArrived;
    const records = (await stream.stop()).toSorted((a, b) => a.t - b.t);
    assert.deepEqual(
      records.map(({ id }) => id),
      Array.from({ length: 31 }, (_, i) => `p-${i}`),
    );
    assert(records.every(({ ok, ms }) => ok && ms >= 299));
    // Each on its place of the grid, but for what a busy machine held up: all sent at once would be late by 300 ms and more.
    const beside = records.map(({ t }, i) => t - i * 20);
    const late = beside.map((t) => t - Math.min(...beside)).sort((a, b) => a - b);
    assert((late[15] ?? NaN) < 150, `half of the probes went out ${late[15]} ms late and more`);
    slow.closeAllConnections();
    slow.close();
    await assert.rejects(stream.stop(), /404/);
  });

  it('stream: stopping ends it, and every probe sent is on record', async () => {
    const stream = await agent.client.openStream({
      idPrefix: 'p-',
      cell: 'c',
      spec: agent.spec('http'),
      gapMs: 5,
      maxDurationMs: 60_000,
      connections: 'new',
    });
    let seen = 0;
    while (seen < 20) seen += (await agent.client.records()).length;
    const records = await stream.stop();
    seen += (await agent.client.records()).length;
    assert.equal(records.length, seen);
    assert(records.every(({ ok }) => ok));
  });
});
