/** What proxies of this mesh count unasked, for the shim of the metrics API. */
import type { ClusterMeaning, EnvoyStatistics } from '../../../src/mesh/driver.js';
import { ADMIN_PORT, PROXY_ANNOTATION } from '../in-cluster/control-protocol.js';

export const STATISTICS: EnvoyStatistics = {
  adminPort: ADMIN_PORT,
  hasProxy: ({ metadata }) => Object.hasOwn((metadata['annotations'] ?? {}) as object, PROXY_ANNOTATION),
  readCluster,
};

/** Names are those of resources/names.ts. */
function readCluster(name: string): ClusterMeaning | undefined {
  if (name.startsWith('app|http|')) return { kind: 'app' };
  const [, service, namespace] = /^out\|http\|([^.|]+)\.([^.|]+)\|\d+$/.exec(name) ?? [];
  if (service === undefined || namespace === undefined) return undefined;
  return { kind: 'service', service: { namespace, name: service } };
}
