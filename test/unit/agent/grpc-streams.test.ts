import assert from 'node:assert/strict';
import type { GrpcStreamProtocol, RequestSpec, ServerRecord } from '../../../fixtures/agent/protocol.js';
import { STREAM_MESSAGES } from '../../../fixtures/agent/protocol.js';
import { findFreePort, startAgent, type TestAgent } from './agent-process.js';

describe('agent: gRPC calls that stream', function () {
  this.timeout(20_000);
  let agent: TestAgent;
  before(async () => (agent = await startAgent()));
  after(() => agent[Symbol.asyncDispose]());
  beforeEach(() => agent.client.records());

  const send = (spec: RequestSpec, connections: 'new' | 'reuse' = 'new', count = 1) =>
    agent.client.batch({ idPrefix: 'g-', items: [{ cell: 'c', count, spec }], concurrency: 1, connections });
  const lines = (records: readonly ServerRecord[]) =>
    records.map(({ id, message, path, protocol }) => [id, message, path, protocol]);

  const messages: Readonly<Record<GrpcStreamProtocol, { sent: number; received: number; path: string }>> = {
    'grpc-server-stream': { sent: 1, received: STREAM_MESSAGES, path: '/meshgauge.Echo/ServerStream' },
    'grpc-client-stream': { sent: STREAM_MESSAGES, received: 1, path: '/meshgauge.Echo/ClientStream' },
    'grpc-bidi-stream': { sent: STREAM_MESSAGES, received: STREAM_MESSAGES, path: '/meshgauge.Echo/BidiStream' },
  };
  for (const [name, { sent, received, path }] of Object.entries(messages)) {
    const protocol = name as GrpcStreamProtocol;

    it(`${protocol}: both ends count the same messages`, async () => {
      const [record] = await send(agent.spec(protocol));
      assert(record);
      assert.deepEqual(
        [record.ok, record.error, record.server, record.messages],
        [true, undefined, 'server-1', { sent, received }],
      );
      const expected = [undefined, ...Array.from({ length: sent }, (_, index) => index + 1)];
      assert.deepEqual(
        lines(await agent.client.records()),
        expected.map((message) => ['g-0', message, path, 'grpc']),
      );
    });

    it(`${protocol}: any method, and the status that is asked for`, async () => {
      const [record] = await send(
        agent.spec(protocol, { path: '/shop.Cart/Watch', headers: [['x-meshgauge-status', '7']] }),
      );
      assert.deepEqual([record?.ok, record?.error?.code, record?.server], [false, 'GRPC_7', 'server-1']);
      const [call] = await agent.client.records();
      assert.deepEqual([call?.path, call?.method], ['/shop.Cart/Watch', 'POST']);
    });

    it(`${protocol}: a closed port and silence are failures by their own names`, async () => {
      const [closed] = await send(agent.spec(protocol, { port: await findFreePort() }));
      assert.deepEqual([closed?.ok, closed?.error?.code, closed?.messages?.received], [false, 'GRPC_14', 0]);
      const [late] = await send(agent.spec(protocol, { port: agent.ports.tcp, timeoutMs: 300 }));
      assert.deepEqual([late?.ok, late?.error?.code === undefined], [false, false]);
    });
  }

  it('calls share a connection when they may; a call that stays open is one call for all its exchanges', async () => {
    await send(agent.spec('grpc-server-stream'), 'reuse', 3);
    // Where a call before this met no gRPC server, what its client goes on trying may still arrive there.
    const callsIn = (records: readonly ServerRecord[]) =>
      records.filter(({ protocol, message }) => protocol === 'grpc' && message === undefined);
    const calls = callsIn(await agent.client.records());
    assert.deepEqual([calls.length, new Set(calls.map(({ conn }) => conn)).size], [3, 1]);
    const kept = await send(agent.spec('grpc-bidi-stream'), 'reuse', 3);
    assert.deepEqual(
      kept.map(({ ok, messages: told }) => [ok, told]),
      Array.from({ length: 3 }, () => [true, { sent: STREAM_MESSAGES, received: STREAM_MESSAGES }]),
    );
    const seen = await agent.client.records();
    assert.equal(callsIn(seen).length, 1);
    for (const { id } of kept)
      assert.equal(seen.filter((one) => one.id === id && one.message !== undefined).length, STREAM_MESSAGES);
  });

  it('a session keeps the call of both ways, and says when it is gone', async () => {
    const session = await agent.client.openSession({
      idPrefix: 's-',
      cell: 'opened',
      spec: agent.spec('grpc-bidi-stream', { timeoutMs: 1000 }),
    });
    assert.equal(session.first.ok, true, session.first.error?.message);
    assert.deepEqual(await session.exchange('later').then(({ ok, id, cell }) => [ok, id, cell]), [
      true,
      's-1',
      'later',
    ]);
    await session.close();
  });
});
