/** The traffic of all proxies of a mesh in a cluster, by what they count unasked. */
import { RUN_LABEL, type Cluster } from '../../src/kube/cluster.js';
import type { Kube, Scope } from '../../src/kube/kube.js';
import type { EnvoyStatistics } from '../../src/mesh/driver.js';
import { readAll } from '../../src/metrics/read-all.js';
import type { Named, TrafficReading } from '../../src/metrics/traffic.js';
import type { KubeObject } from '../../src/smi/model.js';
import { AdminConnections } from './admin-connections.js';
import { readEnvoyTraffic } from './traffic.js';

export class ClusterTraffic implements Disposable {
  readonly #kube: Pick<Kube, 'connect' | 'list'>;
  readonly #statistics: EnvoyStatistics;
  readonly #selection: Scope;
  readonly #connections: AdminConnections;

  /** @param selection of the pods; all there are unless told */
  constructor(kube: Pick<Kube, 'connect' | 'list'>, statistics: EnvoyStatistics, selection: Scope = {}) {
    this.#kube = kube;
    this.#statistics = statistics;
    this.#selection = selection;
    this.#connections = new AdminConnections(kube, statistics.adminPort);
  }

  /** One look at each proxy of a pod that runs. */
  async read(): Promise<readonly TrafficReading[]> {
    const pods = (await this.#kube.list({ apiVersion: 'v1', kind: 'Pod' }, this.#selection)).filter(isRunning);
    const addresses = new Map(pods.map((pod) => [statusOf(pod).podIP ?? '', nameOf(pod)]));
    const meshed = pods.filter((pod) => this.#statistics.hasProxy(pod)).map(nameOf);
    this.#connections.keep(meshed);
    return readAll(
      meshed.map(
        (proxy) => () =>
          readEnvoyTraffic({
            proxy,
            get: this.#connections.to(proxy),
            readCluster: (name) => this.#statistics.readCluster(name),
            podAt: (address) => addresses.get(address),
          }),
      ),
    );
  }

  [Symbol.dispose](): void {
    this.#connections[Symbol.dispose]();
  }
}

/** Of the pods of one run alone. */
export function trafficOfRun(
  { kube, runId }: Pick<Cluster, 'kube' | 'runId'>,
  statistics: EnvoyStatistics,
): ClusterTraffic {
  return new ClusterTraffic(kube, statistics, { labelSelector: `${RUN_LABEL}=${runId}` });
}

interface PodStatus {
  readonly phase?: string;
  readonly podIP?: string;
}

function statusOf(pod: KubeObject): PodStatus {
  return (pod['status'] ?? {}) as PodStatus;
}

function isRunning(pod: KubeObject): boolean {
  return statusOf(pod).phase === 'Running' && pod.metadata['deletionTimestamp'] === undefined;
}

function nameOf({ metadata: { name, namespace = '' } }: KubeObject): Named {
  return { namespace, name };
}
