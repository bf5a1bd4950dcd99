/** The metrics API as the control plane's pod serves it, from what proxies were told to count. */
import type { Server } from 'node:net';
import type { Kube } from '../../../src/kube/kube.js';
import { createAggregatedServer } from '../../../src/metrics/aggregated.js';
import { readKubeTopology, type TopologyKube } from '../../../src/metrics/kube-topology.js';
import { readAll } from '../../../src/metrics/read-all.js';
import { MetricsApi, type Tamper } from '../../../src/metrics/serve.js';
import { AdminConnections } from '../../envoy/admin-connections.js';
import type { Authority } from '../../../src/certificates/authority.js';
import type { ClusterView } from '../control-plane.js';
import { readCounters } from '../metrics/read-counters.js';
import { ADMIN_PORT, type MetricsConfig } from './control-protocol.js';

const TTL_MS = 7 * 24 * 3_600_000;

export interface InClusterMetricsOptions {
  readonly kube: Pick<Kube, 'connect'> & TopologyKube;
  readonly cluster: Pick<ClusterView, 'pods'>;
  readonly authority: Authority;
  readonly tamper: Tamper;
  /** Under which the API server asks. */
  readonly host: string;
  readonly config: MetricsConfig;
}

/** Not listening yet, and looking at proxies from now on. */
export async function createMetricsServer({
  authority,
  cluster,
  config,
  host,
  kube,
  tamper,
}: InClusterMetricsOptions): Promise<{ readonly server: Server } & Disposable> {
  const connections = new AdminConnections(kube, ADMIN_PORT);
  const read = (): ReturnType<typeof readAll> => {
    const pods = cluster.pods();
    connections.keep(pods);
    const podAt = (address: string) => pods.find(({ ip }) => ip === address);
    return readAll(
      pods.map(({ namespace, name }) => () => {
        const proxy = { namespace, name };
        return readCounters({ proxy, get: connections.to(proxy), podAt });
      }),
    );
  };
  const api = await MetricsApi.start({
    source: 'native',
    windowMs: config.windowMs,
    tamper,
    read,
    topology: () => readKubeTopology(kube),
  });
  const identity = await authority.issue({
    spiffeId: `spiffe://${authority.trustDomain}/metrics`,
    dnsNames: [host],
    ttlMs: TTL_MS,
  });
  return {
    server: createAggregatedServer(api, identity, config),
    [Symbol.dispose]: () => {
      api[Symbol.dispose]();
      connections[Symbol.dispose]();
    },
  };
}
