import assert from 'node:assert/strict';
import { pollUntil } from '../../../src/environments/local/poll.js';
import type { OpenStream } from '../../../src/traffic/agent-client.js';
import type { ProbeRecord, StreamJob } from '../../../fixtures/agent/protocol.js';
import { startAgent, type TestAgent } from './agent-process.js';

describe('agent: streams that are read and retimed while they run', function () {
  this.timeout(20_000);
  let agent: TestAgent;
  before(async () => (agent = await startAgent()));
  after(() => agent[Symbol.asyncDispose]());
  beforeEach(() => agent.client.records());

  const open = (more: Partial<StreamJob> = {}): Promise<OpenStream> =>
    agent.client.openStream({
      idPrefix: 'p/',
      cell: 'c',
      spec: agent.spec('http'),
      gapMs: 10,
      maxDurationMs: 60_000,
      connections: 'reuse',
      ...more,
    });

  /** Reads on until there are so many records. */
  async function gather(
    stream: OpenStream,
    count: number,
    after = 0,
  ): Promise<{ next: number; records: ProbeRecord[] }> {
    const records: ProbeRecord[] = [];
    let next = after;
    await pollUntil(
      async () => {
        const page = await stream.read(next);
        records.push(...page.records);
        next = page.next;
        return records.length >= count;
      },
      { deadlineMs: 10_000, what: `${count} records` },
    );
    return { next, records };
  }

  it('a page has what came since the last one, thin, and the clock of the agent', async () => {
    const stream = await open();
    const first = await gather(stream, 5);
    const page = await stream.read(first.next);
    assert.ok(page.at > (first.records.at(-1)?.t ?? 0));
    const [record] = first.records;
    assert.deepEqual(Object.keys(record ?? {}).sort(), ['gapMs', 'id', 'ms', 'ok', 'server', 'status', 't']);
    assert.deepEqual([record?.id, record?.gapMs, record?.server, record?.status], ['p/0', 10, 'server-1', 200]);
    const again = await stream.read(first.next);
    assert.deepEqual(
      again.records.slice(0, page.records.length),
      page.records,
      'a page that is asked for again comes again',
    );
    const rest = await stream.stop();
    assert.ok(
      rest.every(({ id }) => !first.records.some((known) => known.id === id)),
      'what was let go is gone',
    );
  });

  it('another gap holds from now on, and is on record', async () => {
    const stream = await open({ gapMs: 5_000, phase: 0.5 });
    await stream.retime(5);
    const fine = await gather(stream, 10);
    assert.ok(fine.records.every(({ gapMs }) => gapMs === 5));
    await stream.retime(20);
    const { records } = await gather(stream, 10, fine.next);
    assert.ok(records.slice(-5).every(({ gapMs }) => gapMs === 20));
    await stream.stop();
    await assert.rejects(stream.retime(5), /404/);
    await assert.rejects(stream.read(0), /404/);
  });

  it('phases keep streams apart on the clock, whatever the gap', async () => {
    const stream = await open({ gapMs: 50, phase: 0.4 });
    const { records } = await gather(stream, 12);
    await stream.stop();
    // Timers fire late and never early; on a busy machine a tick may be late by more than a gap.
    const offsets = records.map(({ t }) => (t % 50) - 20).sort((a, b) => Math.abs(a) - Math.abs(b));
    assert.ok(Math.abs(offsets[0] ?? NaN) < 10, `sent ${offsets.join(', ')} ms beside the grid`);
    const times = records.map(({ t }) => t);
    times.slice(1).forEach((t, index) => assert.ok(t - (times[index] ?? 0) > 1, 'several probes at one moment'));
  });

  it('spread: so many connections take turns, and no more are opened', async () => {
    // A gap that answers stay below: where all connections are busy another one is opened, whatever the spread.
    const stream = await open({ spread: 3, gapMs: 100 });
    const { records } = await gather(stream, 12);
    await stream.stop();
    assert.equal(records.length >= 12, true);
    const seen = (await agent.client.records()).slice(0, 9).map(({ conn }) => conn);
    assert.equal(new Set(seen).size, 3);
    assert.deepEqual(seen.slice(3, 6), seen.slice(0, 3), 'in turn');
  });

  it('a failure shows its code', async () => {
    const refused = await open({ spec: agent.spec('http', { port: 1 }) });
    const { records } = await gather(refused, 1);
    assert.deepEqual([records[0]?.ok, records[0]?.error, records[0]?.server], [false, 'ECONNREFUSED', undefined]);
    await refused.stop();
  });

  for (const [what, job, message] of [
    ['a phase of one', { phase: 1 }, /phase must be a number from 0 up to 1/],
    ['no connections', { spread: 0 }, /spread must be an integer 1/],
  ] as const)
    it(`refuses ${what}`, () => assert.rejects(open(job), message));

  it('refuses a gap that is none', async () => {
    const stream = await open();
    await assert.rejects(stream.retime(0), /gapMs must be a number >= 0.1/);
    await stream.stop();
  });
});
