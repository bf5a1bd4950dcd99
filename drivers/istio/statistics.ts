/** How the statistics of its proxies are read. Those of clusters are kept only where pods ask for them. */
import type { ClusterMeaning, EnvoyStatistics } from '../../src/mesh/driver.js';
import type { KubeObject } from '../../src/smi/model.js';
import { CLUSTER_STATISTICS } from '../envoy/traffic.js';

const PROXY_CONTAINER = 'istio-proxy';

export const STATISTICS: EnvoyStatistics = { adminPort: 15_000, hasProxy, readCluster };

/** The annotation with which the proxy of a pod keeps what the shim reads, and no more: it costs memory for each cluster. */
export const COUNTING = {
  'proxy.istio.io/config': JSON.stringify({
    proxyStatsMatcher: { inclusionSuffixes: CLUSTER_STATISTICS.map((name) => `.${name}`) },
  }),
};

/** A native sidecar is an init container. */
function hasProxy(pod: KubeObject): boolean {
  type Containers = readonly { readonly name: string }[];
  const { containers = [], initContainers = [] } = (pod['spec'] ?? {}) as Readonly<Record<string, Containers>>;
  return [...containers, ...initContainers].some(({ name }) => name === PROXY_CONTAINER);
}

/** `outbound|PORT|SUBSET|HOST` and `inbound|PORT||`; a semicolon ends the name in statistics. */
function readCluster(cluster: string): ClusterMeaning | undefined {
  const [direction, , , host = ''] = cluster.replace(/;$/, '').split('|');
  if (direction === 'inbound') return { kind: 'app' };
  const [, name, namespace] = /^([^.]+)\.([^.]+)\.svc\./.exec(host) ?? [];
  if (direction !== 'outbound' || name === undefined || namespace === undefined) return undefined;
  return { kind: 'service', service: { namespace, name } };
}
