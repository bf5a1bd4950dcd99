/** The real k6 against real servers on loopback. Needs k6 1.x on PATH, in K6_PATH or installed by `bench-peers.mjs --install`. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createAuthority } from '../../src/certificates/authority.js';
import { countOf, decodeHistogram } from '../../src/load/histogram.js';
import { findK6, type K6Binary } from '../../src/load/k6-binary.js';
import { runK6, type K6Job, type K6Run } from '../../src/load/k6.js';
import { findFreePort, startAgent, type TestAgent } from '../unit/agent/agent-process.js';

const LOAD = { name: 'load', ratePerSecond: 100, durationMs: 1_000, connections: 50, timeoutMs: 5_000 } as const;

function assertGates(run: K6Run): void {
  assert.deepEqual(
    run.gates.filter(({ ok }) => !ok),
    [],
  );
}

describe('k6', function () {
  this.timeout(60_000);
  let k6: K6Binary;
  let agent: TestAgent;
  before(async () => {
    k6 = await findK6();
    agent = await startAgent();
  });
  after(() => agent?.[Symbol.asyncDispose]());

  const run = (job: Pick<K6Job, 'protocol' | 'target'> & Partial<K6Job>): Promise<K6Run> =>
    runK6({ ...LOAD, headers: { 'x-meshgauge-echo': 'brief' }, ...job }, k6);

  for (const protocol of ['http/1.1', 'grpc'] as const) {
    it(`drives ${protocol} and accounts for what the server saw`, async () => {
      await agent.client.records();
      const address = `127.0.0.1:${agent.ports.http}`;
      const result = await run({ protocol, target: protocol === 'grpc' ? address : `http://${address}/` });
      const seen = await agent.client.records();
      assertGates(result);
      const { window } = result;
      // k6 itself ends a little early or late on a busy machine.
      assert.ok(window.sent > 80 && window.sent < 120, `${window.sent} sent`);
      assert.equal(window.answered, window.sent);
      assert.equal(seen.filter((record) => record.protocol === protocol).length, window.sent);
      assert.deepEqual(window.servers, { 'server-1': window.sent });
      assert.equal(countOf(decodeHistogram(window.response)), window.sent);
    });
  }

  it('drives HTTP/2 over TLS with an authority of its own', async () => {
    const authority = await createAuthority('test');
    const { certPem, keyPem } = await authority.issue({
      spiffeId: 'spiffe://test/server',
      dnsNames: ['localhost'],
      ttlMs: 3_600_000,
    });
    const caFile = join(agent.dir, 'ca.pem');
    await writeFile(caFile, authority.caPem);
    const versions = new Set<string>();
    const server = createSecureServer({ cert: certPem, key: keyPem, allowHTTP1: true }, (request, response) => {
      versions.add(request.httpVersion);
      response.end('ok');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const target = `https://localhost:${(server.address() as AddressInfo).port}/`;
      const trusting = await run({ protocol: 'h2', target, caFile });
      assertGates(trusting);
      assert.deepEqual([...versions], ['2.0']);
      assert.equal(trusting.window.answered, trusting.window.sent);
      const distrusting = await run({ protocol: 'h2', target });
      assert.equal(distrusting.window.answered, 0, 'without the authority there is no connection');
      const asked = await run({ protocol: 'http/1.1', target, caFile });
      assert.equal(asked.gates.find(({ name }) => name === 'the protocol asked for')?.ok, false);
    } finally {
      server.close();
    }
  });

  it('counts a closed port as refused, without a latency', async () => {
    const { window } = await run({ protocol: 'http/1.1', target: `http://127.0.0.1:${await findFreePort()}/` });
    assert.deepEqual(window.failed, { ECONNREFUSED: window.sent });
    assert.equal(countOf(decodeHistogram(window.response)), 0);
    const grpc = await run({ protocol: 'grpc', target: `127.0.0.1:${await findFreePort()}`, timeoutMs: 200 });
    assert.equal(grpc.window.answered, 0);
    assert.equal(
      Object.values(grpc.window.failed).reduce((sum, times) => sum + times, 0),
      grpc.window.sent,
    );
  });

  it('says when it could not keep the rate', async () => {
    const server = (await import('node:http')).createServer((_, response) => setTimeout(() => response.end(), 500));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const { gates, window, thresholds } = await run({ protocol: 'http/1.1', target, connections: 2 });
      assert.equal(gates.find(({ name }) => name === 'dropped_iterations == 0')?.ok, false);
      assert.ok(window.unsent > 50, `${window.unsent} unsent`);
      assert.equal(window.due, window.answered + window.unsent);
      assert.equal(thresholds.find(({ metric }) => metric === 'dropped_iterations')?.ok, false);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('judges the limits of the configuration', async () => {
    const target = `http://127.0.0.1:${agent.ports.http}/`;
    const { thresholds } = await run({ protocol: 'http/1.1', target, limits: { p99Ms: 0.000_1, errorRatio: 0 } });
    const held = new Map(thresholds.map(({ metric, ok }) => [metric, ok]));
    assert.equal(held.get('http_req_duration'), false);
    assert.equal(held.get('meshgauge_failed'), true);
  });
});
