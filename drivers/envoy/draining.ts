/** What an Envoy still serves under configurations that have been replaced. */
import { getPage } from './admin.js';
import type { EnvoyProxyRef } from './read-proxy.js';
import { parseStats } from './stats.js';

const PAGE = '/stats?format=json&filter=listener_manager.total_(filter_chains|listeners)_draining';

/** Listeners and filter chains that wait for their last connections to end. A proxy that cannot be asked counts as one. */
export async function countDraining({ kube, namespace, pod, adminPort }: EnvoyProxyRef): Promise<number> {
  try {
    const { numbers } = parseStats(await getPage(() => kube.connect({ namespace, pod }, adminPort), PAGE));
    return Object.values(numbers).reduce((sum, count) => sum + count, 0);
  } catch {
    return 1;
  }
}
