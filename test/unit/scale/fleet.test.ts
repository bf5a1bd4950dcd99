/** Simulated proxies against the control plane as it runs in a pod, by way of a forwarded port; the API server is in memory. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { createFaults } from '../../../drivers/reference/faults/index.js';
import { controlRoutes } from '../../../drivers/reference/in-cluster/control-routes.js';
import { WatchedCluster } from '../../../drivers/reference/in-cluster/watched-cluster.js';
import { simulatedNode, simulatedProxies, simulatedServer } from '../../../drivers/reference/simulated.js';
import { startControlPlane } from '../../../drivers/reference/start-control-plane.js';
import { pollUntil } from '../../../src/environments/local/poll.js';
import { forwardPort } from '../../../src/kube/local-forward.js';
import { Teardown } from '../../../src/run/teardown.js';
import { makeClients } from '../../../src/scale/clients.js';
import { Fleet } from '../../../src/scale/fleet.js';
import { kubeNamespace, kubeService, MemoryKube } from '../drivers/reference/in-cluster/memory-kube.js';

const CLIENTS = 7;
const POD = { namespace: 'ns1', pod: 'control-plane' };
const DEADLINE_MS = 10_000;

async function start() {
  const kube = new MemoryKube();
  kube.put(kubeNamespace('ns1'));
  const api = await WatchedCluster.open(kube);
  const teardown = new Teardown();
  teardown.defer('the watches', async () => api[Symbol.asyncDispose]());
  const setting = { interception: 'redirect', faults: createFaults([]), host: '127.0.0.1', port: 0 } as const;
  const running = await startControlPlane({ api, ...setting }, teardown);
  const connections: string[] = [];
  const forward = await forwardPort(
    {
      connect: async (pod, port) => {
        connections.push(`${pod.namespace}/${pod.pod}:${port}`);
        return connect(running.ads.port, '127.0.0.1');
      },
    },
    POD,
    15_010,
  );
  teardown.defer('the forwarded port', async () => forward[Symbol.asyncDispose]());
  const fleet = new Fleet();
  teardown.defer('the fleet', () => fleet.close());
  const pods = makeClients('ns1', 0, CLIENTS);
  const routes = controlRoutes(running);
  const ask = async (route: string): Promise<unknown> => routes[route]?.({ pods });
  const { certPem, keyPem } = (await ask('POST /v1/simulated')) as {
    readonly certPem: string;
    readonly keyPem: string;
  };
  const server = simulatedServer(forward, { certPem, keyPem, caPem: running.authority.caPem }, 3);
  const nodes = simulatedProxies(pods).map(simulatedNode);
  return {
    kube,
    running,
    fleet,
    server,
    nodes,
    connections,
    ask,
    [Symbol.asyncDispose]: async () => void (await teardown.run()),
  };
}

describe('scale: a fleet of simulated proxies', () => {
  for (const xds of ['delta', 'sotw'] as const) {
    it(`${xds}: shares forwarded connections, sees services come and go, and is let go`, async () => {
      await using mesh = await start();
      const { fleet, server, nodes, kube } = mesh;
      kube.put(kubeService('before'));
      await fleet.connect({ server, nodes, xds, seed: 1, deadlineMs: DEADLINE_MS });
      assert.deepEqual(
        mesh.connections,
        Array.from({ length: 3 }, () => 'ns1/control-plane:15010'),
      );
      fleet.watch({ marker: 'probe', kind: 'appears', deadlineMs: DEADLINE_MS });
      kube.put(kubeService('probe'));
      const came = await fleet.seen();
      assert.ok([...came.completedAt].every((at, index) => at >= (came.receivedAt[index] ?? Number.NaN)));
      fleet.watch({ marker: 'probe', kind: 'disappears', deadlineMs: DEADLINE_MS });
      kube.remove(kubeService('probe'));
      assert.ok([...(await fleet.seen()).completedAt].every((at) => at > 0));
      await fleet.quiet({ forMs: 100, deadlineMs: DEADLINE_MS });
      const tally = fleet.tally();
      assert.deepEqual([tally.connected, tally.refused, tally.broken, tally.retries], [CLIENTS, [], 0, 0]);
      assert.equal(tally.acknowledged, tally.responses);
      assert.deepEqual(mesh.running.controlPlane.problems(), []);
      await mesh.ask('POST /v1/simulated-gone');
      assert.equal(mesh.running.controlPlane.proxies().length, 0);
      await pollUntil(async () => fleet.tally().connected === 0, {
        deadlineMs: DEADLINE_MS,
        what: 'the streams to end',
      });
      assert.equal(fleet.tally().broken, CLIENTS);
    });
  }

  it('counts what a control plane does not say in time as not seen', async () => {
    await using mesh = await start();
    const { fleet, server, nodes } = mesh;
    await fleet.connect({ server, nodes, xds: 'delta', seed: 1, deadlineMs: DEADLINE_MS });
    fleet.watch({ marker: 'never', kind: 'appears', deadlineMs: 50 });
    assert.ok([...(await fleet.seen()).receivedAt].every(Number.isNaN));
  });

  it('tells what the control plane costs', async () => {
    await using mesh = await start();
    const usage = (await mesh.ask('GET /v1/usage')) as { readonly cpuUs: number; readonly residentBytes: number };
    assert.ok(usage.cpuUs > 0 && usage.residentBytes > 1_000_000);
  });
});
