import assert from 'node:assert/strict';
import type { LoadResult } from '../../../fixtures/agent/protocol.js';
import { findFreePort, startAgent, type TestAgent } from './agent-process.js';
import { OK, serveRaw } from './raw-server.js';

describe('agent: load', function () {
  this.timeout(60_000);
  let agent: TestAgent;
  before(async () => (agent = await startAgent()));
  after(() => agent[Symbol.asyncDispose]());

  const assertEveryIdOnce = ({ records, summary }: LoadResult, amount: number): void => {
    assert.equal(records.length, amount);
    assert.deepEqual(new Set(records.map(({ id }) => id)), new Set(Array.from({ length: amount }, (_, i) => `l-${i}`)));
    const failed = records.filter(({ error }) => error !== undefined).length;
    const { sent, answered } = summary;
    assert.deepEqual({ sent, answered, failed: summary.failed }, { sent: amount, answered: amount - failed, failed });
  };

  it('10,000 requests: an exact amount, and both ends agree on every one', async () => {
    await agent.client.records();
    const spec = agent.spec('http', { path: '//raw/../path', authority: 'load.example', headers: [['X-One', '1']] });
    const result = await agent.client.load({ idPrefix: 'l-', cell: 'load', spec, connections: 16, amount: 10_000 });
    assertEveryIdOnce(result, 10_000);
    assert(
      result.records.every(
        ({ ok, status, server, cell, ms }) =>
          ok && status === 200 && server === 'server-1' && cell === 'load' && ms > 0,
      ),
    );
    assert.equal(new Set(result.records.map(({ conn }) => conn)).size, 16);
    const seen = await agent.client.records();
    assert.deepEqual(new Set(seen.map(({ id }) => id)), new Set(result.records.map(({ id }) => id)));
    assert.equal(seen.length, 10_000);
    assert(
      seen.every(
        ({ path, authority, method }) => path === '//raw/../path' && authority === 'load.example' && method === 'GET',
      ),
    );
    assert.deepEqual(await agent.client.records(), []);
  });

  it('custom methods and other statuses are answers, not failures', async () => {
    const spec = agent.spec('http', { method: 'PURGE', headers: [['x-meshgauge-status', '503']] });
    const result = await agent.client.load({ idPrefix: 'l-', cell: 'c', spec, connections: 8, amount: 5 });
    assertEveryIdOnce(result, 5);
    assert(result.records.every(({ ok, status, error }) => !ok && status === 503 && error === undefined));
  });

  it('a request whose connection closes without an answer is on record as failed, and spoils no other', async () => {
    using dropping = await serveRaw((socket, count) => (count % 50 === 0 ? socket.end() : socket.write(OK)));
    const spec = agent.spec('http', { port: dropping.port });
    const result = await agent.client.load({ idPrefix: 'l-', cell: 'c', spec, connections: 4, amount: 800 });
    assertEveryIdOnce(result, 800);
    const lost = result.records.filter(({ ok }) => !ok);
    assert.equal(lost.length, 16);
    assert(lost.every(({ error }) => error?.code === 'ECONNRESET'));
    // The last of the sixteen is request 800: nothing is left to open another connection for.
    assert.equal(new Set(result.records.map(({ conn }) => conn)).size, 4 + 15);
  });

  it('resets, silence and a closed port are told apart', async () => {
    using resetting = await serveRaw((socket) => socket.resetAndDestroy());
    using silent = await serveRaw(() => undefined);
    const cases = [
      [resetting.port, 'ECONNRESET'],
      [silent.port, 'ETIMEDOUT'],
      [await findFreePort(), 'ECONNREFUSED'],
    ] as const;
    for (const [port, code] of cases) {
      const spec = agent.spec('http', { port, timeoutMs: 100 });
      const result = await agent.client.load({ idPrefix: 'l-', cell: 'c', spec, connections: 3, amount: 7 });
      assertEveryIdOnce(result, 7);
      assert.deepEqual(
        result.records.map(({ error }) => error?.code),
        Array(7).fill(code),
      );
    }
  });

  it('a connection that the server announces to close loses nothing', async () => {
    using oneShot = await serveRaw((socket) =>
      socket.end(OK.replace('content-length', 'connection: close\r\ncontent-length')),
    );
    const spec = agent.spec('http', { port: oneShot.port });
    const result = await agent.client.load({ idPrefix: 'l-', cell: 'c', spec, connections: 2, amount: 40 });
    assertEveryIdOnce(result, 40);
    assert(result.records.every(({ ok }) => ok));
    assert.equal(new Set(result.records.map(({ conn }) => conn)).size, 40);
  });

  it('a duration: no request is started after it, none under way is cut off', async () => {
    using slow = await serveRaw((socket) => setTimeout(() => socket.write(OK), 250));
    const spec = agent.spec('http', { port: slow.port });
    const result = await agent.client.load({ idPrefix: 'l-', cell: 'c', spec, connections: 2, durationMs: 400 });
    assertEveryIdOnce(result, result.records.length);
    assert(result.records.length >= 4 && result.records.every(({ ok, ms }) => ok && ms >= 249));
    const starts = result.records.map(({ t }) => t);
    assert(Math.max(...starts) - Math.min(...starts) < 450);
    assert(result.summary.durationMs >= 400 && result.summary.durationMs < 3000);
  });
});
