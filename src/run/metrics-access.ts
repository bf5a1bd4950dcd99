/** Where cases ask for traffic metrics: the mesh's own API, or the harness's, made of what the mesh's proxies count. */
import type { CaseRecord } from '../cases/case.js';
import type { Environment } from '../environments/environment.js';
import { HarnessError } from '../errors/harness-error.js';
import type { InstalledMesh, MetricsEndpoint } from '../mesh/driver.js';
import { MetricsApi } from '../metrics/serve.js';
import { topologyOf } from '../metrics/topology.js';
import type { KubeObject } from '../smi/model.js';

/**
 * Proxies in a cluster are asked through its API server, and add up their latencies every five seconds: a window has room for both
 * lags and a load between.
 */
const SHIM = {
  local: { windowMs: 2_000, lagMs: 300, latencyLagMs: 300 },
  cluster: { windowMs: 15_000, lagMs: 3_000, latencyLagMs: 7_000 },
} as const;

/** A mesh is told before it is installed: it may have to count more. */
export function askForMetrics(cases: readonly CaseRecord[]): boolean {
  return cases.some(({ needs }) => needs.includes('feature:traffic-metrics'));
}

/** Opened when a case asks first; all cases share it. */
export class MetricsAccess implements Disposable {
  readonly #env: Environment;
  readonly #mesh: InstalledMesh;
  readonly #wanted: (() => readonly KubeObject[])[] = [];
  #endpoint: Promise<MetricsEndpoint> | undefined;
  #shim: MetricsApi | undefined;

  constructor(env: Environment, mesh: InstalledMesh) {
    this.#env = env;
    this.#mesh = mesh;
  }

  /** A mesh may say objects in words of its own, which lead nowhere back: its splits are those that are wanted. */
  knows(wanted: () => readonly KubeObject[]): void {
    this.#wanted.push(wanted);
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
    const { api, cluster } = this.#env;
    const { windowMs, ...lags } = SHIM[cluster === undefined ? 'local' : 'cluster'];
    const shim = await MetricsApi.start({
      source: 'shim',
      windowMs,
      read: async () => (await this.#mesh.readTraffic?.()) ?? [],
      topology: () =>
        topologyOf(
          {
            pods: () => api.pods(),
            services: () => api.services(),
            objects: () => this.#wanted.flatMap((wanted) => wanted()),
          },
          this.#env.facts().node,
        ),
    });
    this.#shim = shim;
    return { source: 'shim', ...lags, get: (path) => shim.get(path) };
  }
}
