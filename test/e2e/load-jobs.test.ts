/** Several real agents that share one load, as the pods of a Job do; here they are processes of this host. */
import assert from 'node:assert/strict';
import type { MeasureJob } from '../../fixtures/agent/protocol.js';
import { createLocalEnvironment } from '../../src/environments/local/local-environment.js';
import { measureTogether } from '../../src/load/jobs.js';
import { totalOf } from '../../src/load/recording.js';
import type { PodSpec } from '../../src/mesh/driver.js';
import { plainMesh } from './local-environment/plain-mesh.js';

const RATE = 200;
const WINDOW = { name: 'only', offsetMs: 0, durationMs: 2_000 };

describe('one load, several agents', () => {
  it('they send what one would, and every request is accounted for', async () => {
    await using env = createLocalEnvironment({
      runId: `jobs${process.pid}`,
      seed: 1,
      keep: false,
      log: () => undefined,
    });
    await env.createNamespaces(['ns']);
    const pod = (name: string, ports: PodSpec['ports'] = []): PodSpec => ({
      ...{ name, namespace: 'ns', serviceAccount: name, labels: {}, meshed: false, ports },
    });
    const server = { name: 'http', port: 8080, protocol: 'http' } as const;
    const clients = ['a', 'b', 'c', 'd'];
    const started = await env.startPods([pod('srv', [server]), ...clients.map((name) => pod(name))], plainMesh());
    const target = started.find((one) => one.pod.name === 'srv')?.pod;
    assert.ok(target);
    const job: MeasureJob = {
      idPrefix: 'jobs-',
      spec: {
        protocol: 'http',
        host: target.ip,
        port: target.physicalPorts.get('tcp/8080') ?? 8080,
        path: '/',
        timeoutMs: 5_000,
      },
      connections: 8,
      loop: { kind: 'open', ratePerSecond: RATE, arrivals: 'uniform', seed: 1 },
      windows: [WINDOW],
    };
    const agents = started
      .filter((one) => clients.includes(one.pod.name))
      .map(({ pod: { name, ip }, agent }) => ({ pod: name, ip, client: agent, clockAheadMs: 0 }));
    for (const sharing of [agents.slice(0, 1), agents]) {
      const { merged, perAgent } = await measureTogether(sharing, job);
      const [window] = merged;
      assert.ok(window && merged.length === 1);
      assert.equal(perAgent.length, sharing.length);
      const { due, answered, failed, unsent, response, servers } = window.recording;
      assert.equal(due, (RATE * WINDOW.durationMs) / 1_000);
      assert.equal(answered + totalOf(failed) + unsent, due);
      assert.deepEqual(servers, { srv: answered });
      assert.equal(response.totalCount, answered);
    }
  });
});
