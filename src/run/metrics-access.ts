/** Where cases ask for traffic metrics: the mesh's own API, or the harness's, made of what the mesh's proxies count. */
import type { CaseRecord } from '../cases/case.js';
import type { Environment } from '../environments/environment.js';
import { HarnessError } from '../errors/harness-error.js';
import type { InstalledMesh, MetricsEndpoint } from '../mesh/driver.js';
import { MetricsApi } from '../metrics/serve.js';
import { topologyOf } from '../metrics/topology.js';

/** Proxies in a cluster are asked through its API server, and add up their latencies every five seconds. */
const SHIM = {
  local: { windowMs: 2_000, lagMs: 300 },
  cluster: { windowMs: 20_000, lagMs: 7_000 },
} as const;

/** A mesh is told before it is installed: it may have to count more. */
export function askForMetrics(cases: readonly CaseRecord[]): boolean {
  return cases.some(({ needs }) => needs.includes('feature:traffic-metrics'));
}

/** Opened when a case asks first; all cases share it. */
export class MetricsAccess implements Disposable {
  readonly #env: Environment;
  readonly #mesh: InstalledMesh;
  #endpoint: Promise<MetricsEndpoint> | undefined;
  #shim: MetricsApi | undefined;

  constructor(env: Environment, mesh: InstalledMesh) {
    this.#env = env;
    this.#mesh = mesh;
  }

  /** @throws HarnessError E_NO_METRICS */
  endpoint(): Promise<MetricsEndpoint> {
    this.#endpoint ??= this.#open();
    return this.#endpoint;
  }

  [Symbol.dispose](): void {
    this.#shim?.[Symbol.dispose]();
  }

  async #open(): Promise<MetricsEndpoint> {
    const own = this.#mesh.metrics?.();
    if (own !== undefined) return own;
    if (this.#mesh.readTraffic === undefined)
      throw new HarnessError({
        code: 'E_NO_METRICS',
        message: 'the mesh neither serves traffic metrics nor tells what its proxies count',
        hint: 'the case should name the need feature:traffic-metrics, and the driver should claim it only with one of the two',
      });
    return this.#openShim();
  }

  async #openShim(): Promise<MetricsEndpoint> {
    const { windowMs, lagMs } = SHIM[this.#env.cluster === undefined ? 'local' : 'cluster'];
    const api = await MetricsApi.start({
      source: 'shim',
      windowMs,
      read: async () => (await this.#mesh.readTraffic?.()) ?? [],
      topology: () => topologyOf(this.#env.api, this.#env.facts().node),
    });
    this.#shim = api;
    return { source: 'shim', lagMs, get: (path) => api.get(path) };
  }
}
