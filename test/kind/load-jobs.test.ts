/**
 * Load from an indexed Job in a real cluster: four agents against one. Images as in environment.ts:
 * MESHGAUGE_TEST_AGENT_IMAGE names one that the nodes have; otherwise the product's own is made and loaded.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { MeasureJob } from '../../fixtures/agent/protocol.js';
import {
  type ClusterEnvironment,
  createClusterEnvironment,
} from '../../src/environments/cluster/cluster-environment.js';
import { provideToNodes } from '../../src/environments/engine-images.js';
import { runDirOf } from '../../src/environments/local/run-state.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import { agentImageRef, shellImageRef } from '../../src/images/agent-image.js';
import { RUN_LABEL } from '../../src/kube/cluster.js';
import { newHistogram } from '../../src/load/histogram.js';
import { type JobsOptions, type JobsResult, runOnJobs } from '../../src/load/jobs.js';
import { readRecording, totalOf } from '../../src/load/recording.js';
import { plainMesh } from '../e2e/local-environment/plain-mesh.js';
import { openTestCluster, type TestCluster } from './cluster.js';

const image = process.env['MESHGAUGE_TEST_AGENT_IMAGE'] ?? agentImageRef();
const RATE = 200;
const WINDOWS = [
  { name: 'warm-up', offsetMs: 0, durationMs: 1_000 },
  { name: 'measured', offsetMs: 1_500, durationMs: 5_000 },
];
/** One clock, four processes, one machine that is busy with starting them. */
const MAX_SPREAD_MS = 250;

describe('load from a Job', function () {
  this.timeout(300_000);
  const runId = `lj-${randomBytes(4).toString('hex')}`;
  const namespace = `${runId}-ns1`;
  let test: TestCluster;
  let env: ClusterEnvironment;
  let host: string;

  before(async () => {
    test = await openTestCluster();
    const { kube, node } = test;
    const labels = { [RUN_LABEL]: runId };
    const isThere = process.env['MESHGAUGE_TEST_AGENT_IMAGE'] !== undefined || node === undefined;
    if (!isThere) await provideToNodes({ nodes: [node], refs: [image], log: () => undefined });
    env = createClusterEnvironment({
      name: 'kind',
      runId,
      keep: false,
      log: () => undefined,
      facts: { kubernetes: 'of the test' },
      agentImage: image,
      shellImage: process.env['MESHGAUGE_TEST_SHELL_IMAGE'] ?? shellImageRef(),
      cluster: {
        kube,
        runId,
        owned: false,
        labels,
        provideImages: async () => undefined,
        discover: async () => undefined,
      },
    });
    await env.createNamespaces([namespace]);
    const ports = [{ name: 'http', port: 8080, protocol: 'http' as const }];
    const spec = { name: 'srv', namespace, serviceAccount: 'srv', labels: { app: 'srv' }, meshed: false, ports };
    const [server] = await env.startPods([spec], plainMesh());
    host = server?.pod.ip ?? '';
  });
  after(async () => {
    await env?.[Symbol.asyncDispose]();
    await test?.[Symbol.asyncDispose]();
    await rm(runDirOf(runId), { recursive: true, force: true });
  });

  const job = (): MeasureJob => ({
    idPrefix: `${randomBytes(4).toString('hex')}-`,
    spec: { protocol: 'http', host, port: 8080, path: '/', timeoutMs: 5_000 },
    connections: 16,
    loop: { kind: 'open', ratePerSecond: RATE, arrivals: 'uniform', seed: 1 },
    windows: WINDOWS,
  });
  const measure = (over: Partial<JobsOptions> & Pick<JobsOptions, 'agents'>): Promise<JobsResult> =>
    runOnJobs({ kube: test.kube, namespace, image, labels: { [RUN_LABEL]: runId }, job: job(), ...over });

  it('four agents send what one does, and their histograms are those of one recording', async () => {
    const alone = await measure({ agents: 1 });
    const together = await measure({ agents: 4 });
    assert.equal(together.perAgent.length, 4);
    assert.equal(new Set(together.perAgent.map(({ pod }) => pod)).size, 4);
    assert.ok(together.startSpreadMs <= MAX_SPREAD_MS, `${together.startSpreadMs} ms`);
    for (const [index, { name, durationMs }] of WINDOWS.entries()) {
      const [one, four] = [alone.merged[index], together.merged[index]];
      assert.ok(one?.name === name && four?.name === name);
      assert.equal(one.recording.due, (RATE * durationMs) / 1_000);
      assert.equal(four.recording.due, one.recording.due);
      const { answered, failed, unsent, due, response, servers } = four.recording;
      assert.equal(answered + totalOf(failed) + unsent, due);
      assert.deepEqual(servers, { srv: answered });
      assert.equal(response.totalCount, four.recording.statuses['200'] ?? 0);
      // Every value of every agent, put into one histogram by hand.
      const recorded = newHistogram();
      for (const { result } of together.perAgent) {
        const window = result.windows[index];
        assert.ok(window);
        const own = readRecording(window).response;
        for (let rank = 0; rank < own.totalCount; rank += 1)
          recorded.recordValue(own.getValueAtPercentile(((rank + 0.5) / own.totalCount) * 100));
      }
      for (const percentile of [1, 50, 90, 95, 99, 99.9, 100])
        assert.equal(
          response.getValueAtPercentile(percentile),
          recorded.getValueAtPercentile(percentile),
          `p${percentile}`,
        );
    }
  });

  it('leaves nothing behind, neither when it worked nor when an image is missing', async () => {
    await assert.rejects(
      measure({ agents: 2, image: 'meshgauge.invalid/no-such-agent:1' }),
      (error) => error instanceof HarnessError && error.code === 'E_LOAD_JOBS' && /no-such-agent/.test(error.message),
    );
    const kinds = [
      { apiVersion: 'batch/v1', kind: 'Job' },
      { apiVersion: 'v1', kind: 'Secret' },
    ];
    for (const kind of kinds) {
      const left = (await test.kube.list(kind, { namespace })).filter(({ metadata }) => metadata.name.includes('load'));
      assert.deepEqual(left, [], kind.kind);
    }
  });
});
