import assert from 'node:assert/strict';
import type { MeasuredWindow, MeasureJob, MeasureResult } from '../../../fixtures/agent/protocol.js';
import { countOf, decodeHistogram, quantileMs } from '../../../src/load/histogram.js';
import { mergeRecordings, readRecording, totalOf, type Recording } from '../../../src/load/recording.js';
import { findFreePort, startAgent, type TestAgent } from './agent-process.js';
import { OK, serveRaw } from './raw-server.js';

const open = (ratePerSecond: number): MeasureJob['loop'] => ({
  kind: 'open',
  ratePerSecond,
  arrivals: 'uniform',
  seed: 1,
});
const window = (name: string, offsetMs: number, durationMs: number): MeasureJob['windows'][number] => ({
  name,
  offsetMs,
  durationMs,
});

describe('agent: measured load', function () {
  this.timeout(60_000);
  let agent: TestAgent;
  before(async () => (agent = await startAgent()));
  after(() => agent[Symbol.asyncDispose]());

  const measure = (job: Partial<MeasureJob> & { port?: number; timeoutMs?: number }): Promise<MeasureResult> => {
    const { port = agent.ports.http, timeoutMs = 3000, ...rest } = job;
    return agent.client.measure({
      idPrefix: 'm-1',
      spec: agent.spec('http', { port, timeoutMs }),
      connections: 4,
      loop: open(200),
      windows: [window('all', 0, 500)],
      ...rest,
    });
  };

  const assertAddsUp = (one: MeasuredWindow | Recording): void => {
    const failed = totalOf(one.failed);
    assert.equal(one.due, one.answered + failed + one.unsent);
    assert.equal(one.sent, one.due - one.unsent);
    assert.equal(totalOf(one.statuses), one.answered);
  };

  it('open loop: all that is due is sent and answered, told by the pod that answered, and on no record', async () => {
    await agent.client.records();
    const { windows, startedAt, usage } = await measure({ loop: open(1000), windows: [window('w', 10, 400)] });
    assert.equal(windows.length, 1);
    const [measured] = windows;
    assert(measured);
    assertAddsUp(measured);
    assert.deepEqual(
      { name: measured.name, due: measured.due, statuses: measured.statuses, servers: measured.servers },
      { name: 'w', due: 400, statuses: { 200: 400 }, servers: { 'server-1': 400 } },
    );
    assert(Math.abs(measured.startedAt - startedAt - 10) < 0.01 && Math.abs(measured.endedAt - startedAt - 409) < 0.01);
    const { response, service, sendLag } = readRecording(measured);
    assert.deepEqual([countOf(response), countOf(service)], [400, 400]);
    assert(countOf(sendLag) <= 400);
    assert(quantileMs(response, 0.5)! >= quantileMs(service, 0.5)! * 0.999);
    assert(usage.cpuUs > 0 && usage.residentBytes > 1e6 && usage.at > measured.endedAt);
    assert.deepEqual(await agent.client.records(), []);
    const later = await agent.client.usage();
    assert(later.cpuUs > usage.cpuUs && later.at > usage.at);
  });

  it('a server can be asked to keep no record, in any version of HTTP', async () => {
    await agent.client.records();
    const headers = [['x-meshgauge-echo', 'none']] as const;
    const items = (['http', 'h2c', 'grpc'] as const).map((protocol) => ({
      cell: protocol,
      count: 2,
      spec: agent.spec(protocol, { headers, ...(protocol === 'grpc' ? { path: '/test.Echo/Call' } : {}) }),
    }));
    const records = await agent.client.batch({ idPrefix: 'n-', items, concurrency: 2, connections: 'new' });
    assert.deepEqual(
      records.map(({ ok, server }) => [ok, server]),
      Array(6).fill([true, 'server-1']),
    );
    assert.deepEqual(await agent.client.records(), []);
  });

  it('a server answers with as many bytes as it is asked for, within bounds', async () => {
    const bodyOf = async (bytes: string): Promise<number> => {
      const headers = { 'x-meshgauge-echo': 'none', 'x-meshgauge-body': bytes };
      const response = await fetch(`http://127.0.0.1:${agent.ports.http}/`, { headers });
      return (await response.arrayBuffer()).byteLength;
    };
    for (const bytes of [1024, 0, 1024, 3]) assert.equal(await bodyOf(String(bytes)), bytes);
    for (const nonsense of ['-1', '1.5', 'many', String(2 ** 20 + 1)]) assert.equal(await bodyOf(nonsense), 0);
  });

  it('windows are disjoint, each with the requests that were due in it', async () => {
    const { windows } = await measure({
      loop: open(500),
      windows: [window('a', 0, 100), window('b', 100, 60), window('c', 250, 100)],
    });
    windows.forEach(assertAddsUp);
    assert.deepEqual(
      windows.map(({ name, due }) => [name, due]),
      [
        ['a', 50],
        ['b', 30],
        ['c', 50],
      ],
    );
    const merged = mergeRecordings(windows.map(readRecording));
    assertAddsUp(merged);
    assert.equal(countOf(merged.response), 130);
  });

  it('a server that takes 20 ms is never faster than that, and a queue for a busy connection is no lag of ours', async () => {
    using slow = await serveRaw((socket) => setTimeout(() => socket.write(OK), 21));
    const easy = await measure({ port: slow.port, connections: 16, loop: open(100), windows: [window('w', 0, 600)] });
    const calm = readRecording(easy.windows[0]!);
    assertAddsUp(calm);
    assert.equal(calm.answered, 60);
    assert(quantileMs(calm.response, 0.5)! >= 20 && quantileMs(calm.service, 0.5)! >= 20);
    // One connection carries less than 50/s: at 200/s most of the second half of a second is spent waiting.
    const hard = await measure({ port: slow.port, connections: 1, loop: open(200), windows: [window('w', 0, 500)] });
    const busy = readRecording(hard.windows[0]!);
    assertAddsUp(busy);
    assert.deepEqual([busy.due, busy.answered, slow.count], [100, 100, 160]);
    assert(quantileMs(busy.response, 0.9)! >= 100 * 20 * 0.9 - 500);
    assert(countOf(busy.sendLag) < 100 && countOf(busy.service) === 100);
  });

  it('answers that never come are counted once, by cause, and their time is charged to no other', async () => {
    using dropping = await serveRaw((socket, count) => (count % 50 === 0 ? socket.end() : socket.write(OK)));
    const { windows } = await measure({ port: dropping.port, loop: open(800), windows: [window('w', 0, 1000)] });
    const [measured] = windows;
    assertAddsUp(measured!);
    assert.deepEqual([measured!.failed, measured!.answered, measured!.unsent], [{ ECONNRESET: 16 }, 784, 0]);
    assert.equal(dropping.count, 800);
    assert.equal(countOf(decodeHistogram(measured!.response)), 784);
  });

  it('a closed port, silence and other statuses give no latencies', async () => {
    using silent = await serveRaw(() => undefined);
    using failing = await serveRaw((socket) => socket.write(OK.replace('200 OK', '503 Busy')));
    const short = { windows: [window('w', 0, 100)], loop: open(100) };
    const closed = await measure({ ...short, port: await findFreePort() });
    const hung = await measure({ ...short, port: silent.port, connections: 3, timeoutMs: 150 });
    const refused = await measure({ ...short, port: failing.port });
    const tell = ({ windows: [one] }: MeasureResult): unknown => {
      assertAddsUp(one!);
      assert.equal(countOf(decodeHistogram(one!.response)) + countOf(decodeHistogram(one!.service)), 0);
      return { statuses: one!.statuses, failed: one!.failed, unsent: one!.unsent };
    };
    assert.deepEqual(tell(closed), { statuses: {}, failed: { ECONNREFUSED: 10 }, unsent: 0 });
    assert.deepEqual(tell(refused), { statuses: { 503: 10 }, failed: {}, unsent: 0 });
    // Three wait for 150 ms each, then three more; the time of the rest runs out first.
    const { failed, unsent } = tell(hung) as { failed: Record<string, number>; unsent: number };
    assert.deepEqual(Object.keys(failed), ['ETIMEDOUT']);
    assert(failed['ETIMEDOUT']! >= 3 && unsent === 10 - failed['ETIMEDOUT']! && silent.count >= 3);
  });

  it('connections that the server ends after each answer, or while they are free, lose nothing', async () => {
    using oneShot = await serveRaw((socket) =>
      socket.end(OK.replace('content-length', 'connection: close\r\ncontent-length')),
    );
    using impatient = await serveRaw((socket) => {
      socket.write(OK);
      setTimeout(() => socket.end(), 5);
    });
    const announced = await measure({ port: oneShot.port, windows: [window('w', 0, 300)] });
    assert.deepEqual(announced.windows[0]!.statuses, { 200: 60 });
    assert(oneShot.connections >= 60);
    const ended = await measure({ port: impatient.port, loop: open(50), windows: [window('w', 0, 600)] });
    const { statuses, failed, unsent } = ended.windows[0]!;
    assertAddsUp(ended.windows[0]!);
    // A request may cross the end of its connection on the way; then it is lost, as for any client.
    assert.deepEqual([statuses[200]! + (failed['ECONNRESET'] ?? 0), unsent], [30, 0]);
    assert(impatient.connections > 4 && impatient.connections <= 4 + 30);
  });

  it('closed loop: every connection sends again at once inside windows, and rests between them', async () => {
    using server = await serveRaw((socket) => setTimeout(() => socket.write(OK), 10));
    const { windows, startedAt } = await measure({
      port: server.port,
      connections: 3,
      loop: { kind: 'closed' },
      windows: [window('a', 0, 200), window('b', 300, 200)],
    });
    for (const one of windows) {
      assertAddsUp(one);
      assert(one.due > 0 && one.due <= 66 && one.unsent === 0, `${one.due} sent`);
      // What is decided inside a window may leave a little later on a busy machine, and long before the next one begins.
      const end = startedAt + one.offsetMs + one.durationMs + 90;
      assert(one.startedAt >= startedAt + one.offsetMs && one.endedAt < end, `${one.startedAt}–${one.endedAt}`);
      const { response, service, sendLag } = readRecording(one);
      assert.deepEqual([countOf(response), countOf(service), countOf(sendLag)], [one.due, one.due, 0]);
    }
    assert.equal(server.count, windows[0]!.due + windows[1]!.due);
  });

  it('jobs that name an instant start then, and two jobs of one agent run side by side', async () => {
    const startAt = performance.timeOrigin + performance.now() + 400;
    const job = { startAt, windows: [window('w', 20, 200)] };
    const both = await Promise.all([
      measure({ ...job, loop: { ...open(100), phase: 0 } as MeasureJob['loop'] }),
      measure({ ...job, loop: { ...open(100), phase: 0.5 } as MeasureJob['loop'] }),
    ]);
    const starts = both.map(({ windows }) => windows[0]!.startedAt - startAt);
    assert(Math.abs(starts[0]! - 20) < 0.01 && Math.abs(starts[1]! - 25) < 0.01);
    assert(both.every(({ windows: [one] }) => one!.answered === 20));
  });

  it('the load ends with the call that asked for it', async () => {
    using server = await serveRaw((socket) => socket.write(OK));
    const stop = new AbortController();
    const running = agent.client.measure(
      {
        idPrefix: 'm',
        spec: agent.spec('http', { port: server.port }),
        connections: 2,
        loop: open(500),
        windows: [window('w', 0, 60_000)],
      },
      stop.signal,
    );
    const reached = async (count: number): Promise<void> => {
      while (server.count < count) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await reached(20);
    stop.abort(new Error('enough'));
    await assert.rejects(running, /enough/);
    // A job that comes after it finds the machine free.
    await measure({ port: server.port, windows: [window('w', 0, 100)] });
    const before = server.count;
    await measure({ windows: [window('w', 0, 100)] });
    assert.equal(server.count, before);
  });

  it('what does not fit the protocol is refused with the name of the field', async () => {
    const wrong: [Partial<MeasureJob>, RegExp][] = [
      [{ spec: agent.spec('grpc') }, /spec\.protocol must be one of http/],
      [{ spec: agent.spec('http', { method: 'HEAD' }) }, /spec\.method/],
      [{ windows: [] }, /windows must be/],
      [{ windows: [window('a', 0, 100), window('b', 99, 10)] }, /windows\[1\]\.offsetMs/],
      [{ loop: open(0) }, /loop\.ratePerSecond/],
      [{ loop: { ...open(1), phase: 2 } as MeasureJob['loop'] }, /loop\.phase/],
      [{ connections: 0 }, /connections/],
      [{ idPrefix: 'a b' }, /idPrefix/],
    ];
    for (const [part, message] of wrong) await assert.rejects(measure(part), message);
  });
});
