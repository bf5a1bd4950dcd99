import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTruthServer, type TruthServer } from '../../../src/self-test/start-server.js';
import type { Truth } from '../../../src/self-test/truths.js';

/** One request; the pod that answered, the status, or the code of the failure. */
function ask({ host, port }: TruthServer, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    get({ host, port, agent }, (response) => {
      response.resume().on('end', () => resolve(String(response.headers['x-meshgauge-pod'] ?? response.statusCode)));
    }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

describe('truth servers', function () {
  this.timeout(60_000);
  let dir: string;
  let connections: Agent;
  before(async () => (dir = await mkdtemp(join(tmpdir(), 'mg-truth-'))));
  beforeEach(() => (connections = new Agent({ keepAlive: true, maxSockets: 1 })));
  afterEach(() => connections.destroy());
  after(() => rm(dir, { recursive: true, force: true }));

  const start = (truth: Truth): Promise<TruthServer> => startTruthServer(truth, { dir, runId: 'test' });
  async function askTimes(server: TruthServer, times: number): Promise<string[]> {
    const answers: string[] = [];
    for (let n = 0; n < times; n++) answers.push(await ask(server, connections));
    return answers;
  }

  it('live in a process of their own and end with whoever started them', async () => {
    const server = await start({ kind: 'instant' });
    assert.notEqual(server.pid, process.pid);
    assert.deepEqual(await askTimes(server, 2), ['200', '200']);
    assert.equal((await server.report()).requests, 2);
    await server[Symbol.asyncDispose]();
    assert.throws(() => process.kill(server.pid, 0), { code: 'ESRCH' });
  });

  it('close the connection of every n-th request, and count them', async () => {
    await using server = await start({ kind: 'closing', every: 5 });
    const answers = await askTimes(server, 20);
    const report = await server.report();
    assert.equal(report.closed, 4);
    assert.equal(report.requests, 20);
    assert.equal(answers.filter((answer) => answer === 'ECONNRESET').length, 4);
    assert.equal(answers.filter((answer) => answer === '200').length, 16);
  });

  it('draw the same pods from the same seed, and know how often', async () => {
    const draws = await Promise.all(
      [1, 1, 2].map(async (seed) => {
        await using server = await start({ kind: 'split', share: 0.5, seed });
        const own = new Agent({ keepAlive: true, maxSockets: 1 });
        const answers: string[] = [];
        for (let n = 0; n < 40; n++) answers.push(await ask(server, own));
        own.destroy();
        const { answeredBy } = await server.report();
        assert.equal(answeredBy['a'], answers.filter((pod) => pod === 'a').length);
        return answers.join('');
      }),
    );
    assert.equal(draws[0], draws[1]);
    assert.notEqual(draws[0], draws[2]);
  });

  it('never answer before their time', async () => {
    for (const truth of [
      { kind: 'delay', ms: 20 },
      { kind: 'busy', ms: 5 },
    ] as const) {
      await using server = await start(truth);
      await ask(server, connections);
      const started = performance.now();
      await ask(server, connections);
      assert.ok(performance.now() - started >= truth.ms, truth.kind);
    }
  });

  it('write down arrivals in order', async () => {
    await using server = await start({ kind: 'arrivals' });
    await askTimes(server, 10);
    const { arrivals } = await server.report();
    assert.equal(arrivals.length, 10);
    assert.deepEqual(
      arrivals,
      arrivals.toSorted((a, b) => a - b),
    );
  });
});
