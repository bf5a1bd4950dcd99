/** Traffic metrics served by this process, which has the control plane and reaches the admin sockets of all proxies. */
import type { Environment } from '../../../src/environments/environment.js';
import type { MetricsEndpoint, Pod } from '../../../src/mesh/driver.js';
import { httpEndpoint } from '../../../src/metrics/endpoint.js';
import { readAll } from '../../../src/metrics/read-all.js';
import { MetricsApi, serveMetrics, type Tamper } from '../../../src/metrics/serve.js';
import { topologyOf } from '../../../src/metrics/topology.js';
import type { Named, TrafficReading } from '../../../src/metrics/traffic.js';
import type { Teardown } from '../../../src/run/teardown.js';
import { readEnvoyTraffic } from '../../envoy/traffic.js';
import { getAdmin } from '../admin.js';
import { LOOPBACK } from '../resources/common.js';
import { adminSocket } from '../sidecar.js';
import { readCounters } from './read-counters.js';
import { STATISTICS } from './statistics.js';

/** A request counts once its answer has gone; reading all proxies takes a moment, more on a busy machine. */
const LAG_MS = 200;

export interface MetricsParts {
  readonly env: Pick<Environment, 'api' | 'facts'>;
  /** Of the pods with a proxy. */
  readonly pods: () => readonly Pod[];
}

/** Serves until `teardown` runs. */
export async function serveReferenceMetrics(
  { env, pods }: MetricsParts,
  { windowMs, tamper }: { readonly windowMs: number; readonly tamper: Tamper },
  teardown: Teardown,
): Promise<MetricsEndpoint> {
  const api = await MetricsApi.start({
    source: 'native',
    windowMs,
    tamper,
    read: () => readAll(pods().map((pod) => () => readCounters(lookAt(pod, env)))),
    topology: () => topologyOf(env.api, env.facts().node),
  });
  teardown.defer('looks at proxies', () => api[Symbol.dispose]());
  const server = await serveMetrics(api, { host: LOOPBACK, port: 0 });
  teardown.defer('the metrics server', async () => server[Symbol.asyncDispose]());
  return httpEndpoint(server, { source: 'native', lagMs: LAG_MS });
}

/** What any Envoy counts without being told to. */
export function readUnasked({ env, pods }: MetricsParts): Promise<readonly TrafficReading[]> {
  const readCluster = (name: string): ReturnType<typeof STATISTICS.readCluster> => STATISTICS.readCluster(name);
  return readAll(pods().map((pod) => () => readEnvoyTraffic({ ...lookAt(pod, env), readCluster })));
}

function lookAt(
  pod: Pod,
  { api }: Pick<Environment, 'api'>,
): { proxy: Named; get: (page: string) => Promise<string>; podAt: (address: string) => Named | undefined } {
  return {
    proxy: { namespace: pod.namespace, name: pod.name },
    get: async (page) => (await getAdmin(adminSocket(pod), page)).body,
    podAt: (address) => api.pods().find(({ ip }) => ip === address),
  };
}
