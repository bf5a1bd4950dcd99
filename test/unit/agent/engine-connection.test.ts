/** What fixtures/agent/engine-connection.ts relies on inside autocannon. Look here first after an update of it. */
import assert from 'node:assert/strict';
import autocannon, { type Client } from 'autocannon';
import { EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import { type EngineConnection, type ResponseHead, startEngine } from '../../../fixtures/agent/engine-connection.js';
import type { RequestSpec } from '../../../fixtures/agent/protocol.js';
import { findFreePort } from './agent-process.js';
import { OK, serveRaw } from './raw-server.js';

const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
const specOf = (port: number, timeoutMs = 2000): RequestSpec => ({
  protocol: 'http',
  host: '127.0.0.1',
  port,
  timeoutMs,
});

describe('agent: connections of the engine', function () {
  this.timeout(20_000);

  it('is pinned to the version that was looked into', () => {
    const { version } = createRequire(import.meta.url)('autocannon/package.json') as { version: string };
    assert.equal(version, '9.0.0');
  });

  it('the private parts are there, and are called when we think they are', async () => {
    using server = await serveRaw((socket) => socket.write(OK));
    const calls: string[] = [];
    const seen: unknown[] = [];
    await autocannon({
      url: `http://127.0.0.1:${server.port}`,
      connections: 1,
      duration: 60,
      sampleInt: 20,
      setupClient: (client: Client) => {
        seen.push(
          client.timeout,
          client.conn,
          typeof client.parser.reinitialize,
          typeof client.pipelinedRequests.clear,
        );
        for (const name of ['_connect', '_doRequest', '_destroyConnection'] as const) {
          const original = client[name].bind(client);
          client[name] = () => {
            calls.push(name);
            original();
          };
        }
        const getRequestBuffer = client.getRequestBuffer.bind(client);
        client.getRequestBuffer = () => {
          calls.push('getRequestBuffer');
          return getRequestBuffer();
        };
        client.on('headers', ({ headers, shouldKeepAlive }: ResponseHead) => {
          calls.push('headers');
          seen.push(headers.slice(), shouldKeepAlive);
        });
        client.on('response', (status) => {
          calls.push(`response ${status}`);
          if (calls.filter((call) => call.startsWith('response')).length === 2) client.destroy();
        });
      },
    });
    assert.deepEqual(seen.slice(0, 6), [10_000, undefined, 'function', 'function', ['content-length', '2'], true]);
    const exchange = ['_doRequest', 'getRequestBuffer', 'headers', 'response 200'];
    assert.deepEqual(calls, [
      '_connect',
      ...exchange,
      ...exchange,
      '_destroyConnection',
      '_doRequest',
      'getRequestBuffer',
    ]);
  });

  it('is free once connected, after each answer, and again after a loss; closing forgets what is under way', async () => {
    using server = await serveRaw((socket, count) => {
      if (count === 2) socket.end();
      else if (count < 4) socket.write(OK);
    });
    const told: string[] = [];
    const test = new EventEmitter();
    const fourth = once(test, 'fourth');
    const engine = startEngine(specOf(server.port), 1, {
      onFree: (connection: EngineConnection) => {
        told.push(`free ${connection.socket}`);
        connection.send(REQUEST);
        if (told.filter((line) => line.startsWith('free')).length === 4) test.emit('fourth');
      },
      onAnswer: (_, status, from) => told.push(`answer ${status} ${from}`),
      onLost: (_, { code }) => told.push(`lost ${code}`),
    });
    await fourth;
    engine.close();
    await engine.ended;
    assert.deepEqual(told, [
      'free 0',
      'answer 200 undefined',
      'free 0',
      'lost ECONNRESET',
      'free 1',
      'answer 200 undefined',
      'free 1',
    ]);
  });

  it('a connection with nothing to do outlives the timeout; one that its peer closed is made anew by the next request', async () => {
    let idle: (() => void) | undefined;
    using server = await serveRaw((socket) => {
      socket.write(OK);
      idle = () => socket.end();
    });
    const told: string[] = [];
    const test = new EventEmitter();
    const untilFree = async (): Promise<EngineConnection> => ((await once(test, 'free')) as [EngineConnection])[0];
    const engine = startEngine(specOf(server.port, 50), 1, {
      onFree: (connection) => test.emit('free', connection),
      onAnswer: (connection, status) => told.push(`${status} on ${connection.socket}`),
      onLost: (_, { code }) => told.push(code),
    });
    const connection = await untilFree();
    const exchange = async (): Promise<void> => {
      const freed = untilFree();
      connection.send(REQUEST);
      await freed;
    };
    await exchange();
    await new Promise((resolve) => setTimeout(resolve, 180));
    await exchange();
    idle!();
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(server.connections, 1);
    await exchange();
    assert.deepEqual(told, ['200 on 0', '200 on 0', '200 on 1']);
    engine.close();
    await engine.ended;
  });

  it('where nobody listens it is free to try again, once a request', async () => {
    const told: string[] = [];
    const test = new EventEmitter();
    const enough = once(test, 'enough');
    const engine = startEngine(specOf(await findFreePort()), 1, {
      onFree: (connection) => {
        told.push('free');
        if (told.length > 4) return void test.emit('enough');
        connection.send(REQUEST);
      },
      onAnswer: () => told.push('answer'),
      onLost: (_, { code }) => told.push(code),
    });
    await enough;
    engine.close();
    await engine.ended;
    assert.deepEqual(told, ['free', 'ECONNREFUSED', 'free', 'ECONNREFUSED', 'free']);
  });
});
