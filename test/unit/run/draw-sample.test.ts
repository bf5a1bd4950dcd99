import assert from 'node:assert/strict';
import type { BatchJob, ClientRecord, LoadJob } from '../../../fixtures/agent/protocol.js';
import type { Sample } from '../../../src/cases/case.js';
import { only, present, shares } from '../../../src/cases/questions.js';
import { askAgent, drawSample } from '../../../src/run/draw-sample.js';

const GROUPS = { v1: ['p1'], v2: ['p2'] };
const answer = (server: string): ClientRecord => ({
  kind: 'client',
  id: 'i',
  cell: 'c',
  pod: 'c1',
  t: 0,
  ms: 1,
  ok: true,
  status: 200,
  server,
});

describe('run/draw-sample', () => {
  const drawnBy = async (sample: Sample, serverOf: (index: number) => string): Promise<number[]> => {
    const parts: number[] = [];
    const drawn = await drawSample(sample, (amount) => {
      const before = parts.reduce((sum, part) => sum + part, 0);
      parts.push(amount);
      return Promise.resolve(Array.from({ length: amount }, (_, index) => answer(serverOf(before + index))));
    });
    assert.equal(
      drawn.length,
      parts.reduce((sum, part) => sum + part, 0),
    );
    return parts;
  };

  it('ends when the share has decided', async () => {
    const half = shares('root:8080', { v1: 1, v2: 1 }, { groups: GROUPS });
    assert.ok((await drawnBy(half, (index) => `p${1 + (index % 2)}`)).length < 8);
    assert.equal((await drawnBy(half, () => 'p1')).length, 1);
  });

  it('never asks more than was planned', async () => {
    const half = shares('root:8080', { v1: 1, v2: 1 }, { groups: GROUPS });
    // 52.5 %: between what is declared and what must be found.
    const parts = await drawnBy(half, (index) => (index % 40 < 21 ? 'p1' : 'p2'));
    assert.equal(
      parts.reduce((sum, part) => sum + part, 0),
      half.n,
    );
  });

  it('ends a small share once it has shown, and not before two parts', async () => {
    const small = present('root:8080', 'v1', 0.001, { groups: GROUPS });
    const part = Math.ceil(small.n / 8);
    assert.deepEqual(await drawnBy(small, () => 'p1'), [part, part]);
    assert.deepEqual(await drawnBy(small, (index) => (index === 3 * part ? 'p1' : 'p2')), [part, part, part, part]);
    const never = await drawnBy(small, () => 'p2');
    assert.equal(
      never.reduce((sum, one) => sum + one, 0),
      small.n,
    );
  });

  describe('asks the agent', () => {
    const spec = { protocol: 'http', host: '127.0.0.1', port: 1, timeoutMs: 1 } as const;
    const jobOf = async (sample: Sample): Promise<unknown> => {
      const jobs: unknown[] = [];
      const agent = {
        load: (job: LoadJob) => {
          jobs.push(['load', job.connections, job.amount]);
          return Promise.resolve({ records: [], summary: { sent: 0, answered: 0, failed: 0, durationMs: 0 } });
        },
        batch: (job: BatchJob) => {
          jobs.push(['batch', job.connections, job.items.map(({ cell, count }) => `${cell} ${count}`)]);
          return Promise.resolve([]);
        },
      };
      await askAgent(agent, sample, { spec, amount: 7, idPrefix: 'i', signal: AbortSignal.abort() });
      return jobs;
    };

    it('for a load of HTTP/1.1', async () => {
      assert.deepEqual(await jobOf(only('root:8080', ['v1'], { groups: GROUPS })), [['load', 16, 7]]);
    });

    it('for streams of one connection', async () => {
      for (const protocol of ['h2c', 'grpc'] as const) {
        const sample = only('root:8080', ['v1'], { groups: GROUPS, protocol });
        assert.deepEqual(await jobOf(sample), [['batch', 'one', [`c1 → root:8080 (${protocol}) 7`]]]);
      }
    });

    it('for TCP connections, one each', async () => {
      const sample = only('root:8300', ['v1'], { groups: GROUPS, protocol: 'tcp' });
      assert.deepEqual(await jobOf(sample), [['batch', 'new', ['c1 → root:8300 (tcp) 7']]]);
    });
  });

  it('draws any other sample in one piece', async () => {
    const leak = only('root:8080', ['v1'], { groups: GROUPS });
    assert.deepEqual(await drawnBy(leak, () => 'p1'), [leak.n]);
  });
});
