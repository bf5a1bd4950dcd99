import assert from 'node:assert/strict';
import type { Environment, RunningPod } from '../../../src/environments/environment.js';
import type { InstalledMesh, PodSpec } from '../../../src/mesh/driver.js';
import { Lane } from '../../../src/run/lane.js';
import { loadWorkloadSet } from '../../../src/workloads/workload-set.js';
import { FIXTURES } from '../../../suites/fixtures.js';

/** A lane of which nothing runs: enough to write requests down. */
async function laneWithClient(): Promise<Lane> {
  const env = {
    api: { served: () => [] },
    address: () => ({ host: '10.96.0.7', port: 8080 }),
    startPods: (specs: readonly PodSpec[]) => Promise.resolve(specs.map((pod) => ({ pod }) as unknown as RunningPod)),
  } as unknown as Environment;
  const mesh = {
    capabilities: { access: [], specs: [], split: [], headers: [] },
    address: () => ({ host: '127.0.0.2', port: 15001, authority: 'root.lane1-ns1:8080' }),
  } as unknown as InstalledMesh;
  const fixture = FIXTURES.find(({ name }) => name === 'split');
  assert.ok(fixture);
  const workloads = await loadWorkloadSet('split');
  const lane = new Lane({ name: 'lane1', fixture, workloads, env, mesh, requestTimeoutMs: 1_000 });
  const client = workloads.instantiate('lane1').pods.find(({ name }) => name === 'c1');
  assert.ok(client);
  await lane.addPods([client]);
  return lane;
}

describe('run/lane', () => {
  const authorityOf = async (authority?: string) =>
    (await laneWithClient()).requestOf({
      from: 'c1',
      to: 'root:8080',
      protocol: 'http',
      ...(authority === undefined ? {} : { authority }),
    }).authority;

  it('writes the Host that the mesh wants, unless a case has its own', async () => {
    assert.equal(await authorityOf(), 'root.lane1-ns1:8080');
  });

  for (const [written, sent] of [
    ['root', 'root'],
    ['root:8080', 'root:8080'],
    ['root.ns1', 'root.lane1-ns1'],
    ['root.ns1.svc.cluster.local:8080', 'root.lane1-ns1.svc.cluster.local:8080'],
    ['CLUSTER-IP', '10.96.0.7'],
    ['CLUSTER-IP:8080', '10.96.0.7:8080'],
  ] as const)
    it(`sends ${written} as ${sent}`, async () => {
      assert.equal(await authorityOf(written), sent);
    });
});
