import assert from 'node:assert/strict';
import { createServer as createTcpServer, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BatchItem, BatchJob, RequestSpec, ServerRecord } from '../../../fixtures/agent/protocol.js';
import { findFreePort, startAgent, type TestAgent } from './agent-process.js';

describe('agent: requests of every protocol', function () {
  this.timeout(20_000);
  let agent: TestAgent;
  before(async () => (agent = await startAgent()));
  after(() => agent[Symbol.asyncDispose]());
  beforeEach(() => agent.client.records());

  const send = (items: readonly BatchItem[], connections: BatchJob['connections'] = 'new', concurrency = 1) =>
    agent.client.batch({ idPrefix: 'r-', items, concurrency, connections });
  const sendOne = async (spec: RequestSpec) => (await send([{ cell: 'c', count: 1, spec }]))[0]!;
  const logged = async (id: string): Promise<ServerRecord[]> =>
    (await agent.client.records()).filter((one) => one.id === id);

  const protocols = {
    http: 'http/1.1',
    h2c: 'h2',
    grpc: 'grpc',
    websocket: 'websocket',
    tcp: 'tcp',
    udp: 'udp',
  } as const;
  for (const [protocol, seenAs] of Object.entries(protocols) as [keyof typeof protocols, ServerRecord['protocol']][]) {
    for (const connections of ['new', 'reuse'] as const) {
      it(`${protocol}: both ends tell the same, connections ${connections}`, async () => {
        const records = await send([{ cell: 'c', count: 6, spec: agent.spec(protocol) }], connections, 2);
        assert.deepEqual(records.map(({ id }) => id).sort(), ['r-0', 'r-1', 'r-2', 'r-3', 'r-4', 'r-5']);
        for (const { ok, error, server, ms, pod, cell } of records) {
          assert.deepEqual(
            { ok, error, server, pod, cell },
            { ok: true, error: undefined, server: 'server-1', pod: 'server-1', cell: 'c' },
          );
          assert(ms > 0 && ms < 3000);
        }
        const seen = await agent.client.records();
        assert.deepEqual(seen.map(({ id }) => id).sort(), records.map(({ id }) => id).sort());
        assert(seen.every((one) => one.protocol === seenAs && one.pod === 'server-1'));
        const expected = connections === 'new' ? 6 : 2;
        assert.equal(new Set(seen.map(({ conn }) => conn)).size, expected);
        assert.equal(new Set(records.map(({ conn }) => conn)).size, expected);
        for (const one of seen) {
          const { t, ms } = records.find(({ id }) => id === one.id)!;
          assert(one.t > t - 2 && one.t < t + ms + 2, 'the server saw it while the client waited');
        }
      });
    }

    it(`${protocol}: a closed port is an error by its own name`, async () => {
      const { ok, error, server } = await sendOne(agent.spec(protocol, { port: await findFreePort() }));
      assert.deepEqual([ok, server], [false, undefined]);
      assert.equal(error?.code, protocol === 'grpc' ? 'GRPC_14' : 'ECONNREFUSED');
    });
  }

  for (const protocol of ['h2c', 'grpc'] as const) {
    it(`${protocol}: one connection carries many requests at once`, async () => {
      const records = await send([{ cell: 'c', count: 40, spec: agent.spec(protocol) }], 'one', 8);
      assert.equal(records.filter(({ ok }) => ok).length, 40);
      assert.deepEqual([...new Set(records.map(({ conn }) => conn))], [0]);
      const seen = await agent.client.records();
      assert.deepEqual([seen.length, new Set(seen.map(({ conn }) => conn)).size], [40, 1]);
      const overlaps = records.some((one) =>
        records.some((other) => other !== one && other.t > one.t && other.t < one.t + one.ms),
      );
      assert.ok(overlaps, 'each waited for the one before');
    });
  }

  it('refuses one connection for a protocol that carries one request at a time', async () => {
    for (const protocol of ['http', 'websocket', 'tcp', 'udp', 'tls'] as const) {
      const job = send([{ cell: 'c', count: 1, spec: agent.spec(protocol) }], 'one');
      await assert.rejects(job, /items\[0\]\.spec\.protocol must be one of h2c, grpc/);
    }
  });

  it('sends paths, methods, authorities and headers as they are', async () => {
    for (const protocol of ['http', 'h2c'] as const) {
      for (const path of ['/pub/../admin', '//admin', '/%2e%2e/%2Fx?a=b&c', '/a;b//c/.', '*']) {
        const spec = agent.spec(protocol, {
          path,
          method: path === '*' ? 'OPTIONS' : 'GET',
          authority: 'shop.example:81',
        });
        assert.equal((await sendOne(spec)).ok, true);
        const [seen] = await logged('r-0');
        assert.equal(seen?.path, path);
        assert.equal(seen.authority, 'shop.example:81');
      }
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'PURGE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND']) {
        assert.equal((await sendOne(agent.spec(protocol, { method }))).ok, true, `${protocol} ${method}`);
        assert.equal((await logged('r-0'))[0]?.method, method);
      }
    }
    const { ok, server } = await sendOne(agent.spec('http', { method: 'CONNECT', path: 'shop.example:81' }));
    assert.deepEqual([ok, server], [true, 'server-1']);
    assert.equal((await logged('r-0'))[0]?.path, 'shop.example:81');
    assert.equal((await sendOne(agent.spec('websocket', { path: '/a/../b', authority: 'ws.example' }))).ok, true);
    const [upgrade, ...more] = await logged('r-0');
    assert.deepEqual([upgrade?.path, upgrade?.authority, more.length], ['/a/../b', 'ws.example', 0]);
    assert.equal((await sendOne(agent.spec('grpc', { path: '/shop.Cart/Add', authority: 'cart.example' }))).ok, true);
    const [call] = await logged('r-0');
    assert.deepEqual([call?.path, call?.authority, call?.method], ['/shop.Cart/Add', 'cart.example', 'POST']);
  });

  it('answers with the status that is asked for, and ok means 2xx', async () => {
    for (const protocol of ['http', 'h2c'] as const) {
      for (const status of [200, 204, 301, 404, 503]) {
        const one = await sendOne(agent.spec(protocol, { headers: [['x-meshgauge-status', `${status}`]] }));
        assert.deepEqual([one.status, one.ok, one.error, one.server], [status, status < 300, undefined, 'server-1']);
      }
    }
    const denied = await sendOne(agent.spec('grpc', { headers: [['x-meshgauge-status', '7']] }));
    assert.deepEqual([denied.ok, denied.error?.code, denied.server], [false, 'GRPC_7', 'server-1']);
    const refused = await sendOne(agent.spec('websocket', { headers: [['x-meshgauge-status', '403']] }));
    assert.deepEqual([refused.ok, refused.status, refused.error?.code], [false, 403, 'WEBSOCKET_REFUSED']);
  });

  it('interleaves items, so that a control runs beside what it controls', async () => {
    const spec = agent.spec('http');
    const records = await send([
      { cell: 'a', count: 3, spec },
      { cell: 'b', count: 2, spec },
      { cell: 'c', count: 0, spec },
    ]);
    assert.deepEqual(
      records.map(({ cell, id }) => `${cell} ${id}`),
      ['a r-0', 'b r-1', 'a r-2', 'b r-3', 'a r-4'],
    );
  });

  it('gives a copy of what it saw over a Unix socket, repeated headers and all, to a client that sends slowly', async () => {
    const socket = connect(join(agent.dir, 'http.sock'));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    const message =
      'POST //x HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\nx-meshgauge-id: slow\r\nconnection: close\r\nContent-Length: 3\r\n\r\nabc';
    for (const byte of message) await new Promise((resolve) => socket.write(byte, resolve));
    await once(socket, 'end');
    const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n'))) as Record<string, unknown>;
    assert.deepEqual(
      { ...body, headers: (body['headers'] as string[][]).slice(1, 3) },
      {
        pod: 'server-1',
        port: 8081,
        protocol: 'http/1.1',
        method: 'POST',
        path: '//x',
        authority: 'h',
        headers: [
          ['X-A', '1'],
          ['x-a', '2'],
        ],
      },
    );
    assert.deepEqual(
      (await logged('slow')).map(({ port }) => port),
      [8081],
    );
  });

  describe('against servers that misbehave', () => {
    const serve = async (behave: (socket: Socket) => void): Promise<{ port: number; [Symbol.dispose](): void }> => {
      const sockets = new Set<Socket>();
      const server = createTcpServer((socket) => {
        sockets.add(socket.on('error', () => undefined));
        behave(socket);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      return {
        port: (server.address() as { port: number }).port,
        [Symbol.dispose]() {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      };
    };

    it('a server that never answers is ETIMEDOUT in every protocol', async () => {
      using silent = await serve((socket) => void socket.resume());
      for (const protocol of ['http', 'h2c', 'grpc', 'websocket', 'tcp', 'tls'] as const) {
        const one = await sendOne(agent.spec(protocol, { port: silent.port, timeoutMs: 150 }));
        assert.deepEqual([one.ok, one.error?.code], [false, 'ETIMEDOUT'], protocol);
        assert(one.ms >= 149 && one.ms < 1500, `${protocol} took ${one.ms} ms`);
      }
    });

    it('a connection that closes without an answer is a failure', async () => {
      using closing = await serve((socket) => void socket.once('data', () => socket.end()));
      for (const protocol of ['http', 'h2c', 'websocket', 'tcp'] as const) {
        const one = await sendOne(agent.spec(protocol, { port: closing.port }));
        assert.deepEqual([one.ok, one.error?.code], [false, 'ECONNRESET'], `${protocol} ${one.error?.message}`);
      }
      const call = await sendOne(agent.spec('grpc', { port: closing.port }));
      assert.equal(call.error?.code, 'GRPC_14');
    });

    it('an answer that stops half-way, or echoes another id, is not ok', async () => {
      using cut = await serve(
        (socket) => void socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf')),
      );
      const half = await sendOne(agent.spec('http', { port: cut.port }));
      assert.deepEqual([half.ok, half.status, half.error?.code], [false, 200, 'ECONNRESET']);
      using wrong = await serve((socket) => void socket.once('data', () => socket.write('other server-9\n')));
      const other = await sendOne(agent.spec('tcp', { port: wrong.port, timeoutMs: 150 }));
      assert.deepEqual([other.ok, other.error?.code, other.server], [false, 'ETIMEDOUT', undefined]);
    });

    it('a server that announces the end of the connection costs no request of a reusing batch', async () => {
      using oneShot = await serve(
        (socket) =>
          void socket.once('data', () =>
            socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'),
          ),
      );
      const records = await send([{ cell: 'c', count: 5, spec: agent.spec('http', { port: oneShot.port }) }], 'reuse');
      assert.deepEqual(
        records.map(({ ok, conn }) => [ok, conn]),
        [0, 1, 2, 3, 4].map((conn) => [true, conn]),
      );
    });
  });
});
