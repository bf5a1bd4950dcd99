/** How the statistics of its proxies are read. */
import type { ClusterMeaning, EnvoyStatistics } from '../../src/mesh/driver.js';
import { hasProxy } from './enrolment.js';

export const STATISTICS: EnvoyStatistics = { adminPort: 15_000, hasProxy, readCluster };

/** `NAMESPACE/SERVICE|PORT`, and with `|local` behind it the app beside the proxy. */
function readCluster(cluster: string): ClusterMeaning | undefined {
  const [, namespace, service, local] = /^([^/|]+)\/(?:[^/|]+\.)?([^/|.]+)\|\d+(\|local)?$/.exec(cluster) ?? [];
  if (namespace === undefined || service === undefined) return undefined;
  return local === undefined ? { kind: 'service', service: { namespace, name: service } } : { kind: 'app' };
}
