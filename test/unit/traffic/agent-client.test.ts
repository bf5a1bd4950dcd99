import assert from 'node:assert/strict';
import { HarnessError } from '../../../src/errors/harness-error.js';
import { startAgent } from '../agent/agent-process.js';

describe('AgentClient', function () {
  this.timeout(20_000);
  const isError = (code: string) => (error: unknown) =>
    error instanceof HarnessError && error.code === code && error.message.includes('server-1') && error.hint !== '';

  it('drains each record once, also when asked from two sides at the same time', async () => {
    await using agent = await startAgent();
    const items = [{ cell: 'c', count: 300, spec: agent.spec('tcp') }];
    const job = agent.client.batch({ idPrefix: 'd-', items, concurrency: 4, connections: 'reuse' });
    const drained = [];
    let done = false;
    void job.then(() => (done = true));
    while (!done) drained.push(...(await Promise.all([agent.client.records(), agent.client.records()])).flat());
    drained.push(...(await agent.client.records()));
    assert.deepEqual(
      drained.map(({ seq }) => seq),
      Array.from({ length: 300 }, (_, i) => i + 1),
    );
    assert.deepEqual(new Set(drained.map(({ id }) => id)), new Set((await job).map(({ id }) => id)));
  });

  it('does not pass the log of a restarted agent off as the whole', async () => {
    await using agent = await startAgent();
    const items = [{ cell: 'c', count: 3, spec: agent.spec('http') }];
    const job = { idPrefix: 'a-', items, concurrency: 1, connections: 'new' } as const;
    await agent.client.batch(job);
    assert.equal((await agent.client.records()).length, 3);
    await agent.restart();
    await agent.client.batch(job);
    await assert.rejects(agent.client.records(), isError('E_EVIDENCE_LOST'));
  });

  it('reports a pod that dies in the middle of a job', async () => {
    await using agent = await startAgent();
    const spec = agent.spec('http');
    const endless = agent.client.load({ idPrefix: 'e-', cell: 'c', spec, connections: 1, durationMs: 60_000 });
    const outcome = assert.rejects(endless, isError('E_AGENT_GONE'));
    while ((await agent.client.records()).length === 0);
    agent.process.kill('SIGKILL');
    await outcome;
  });
});
