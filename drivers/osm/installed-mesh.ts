/** Open Service Mesh in a cluster, as the engine uses it. */
import { join } from 'node:path';
import type { Environment } from '../../src/environments/environment.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import { RUN_LABEL, type Cluster } from '../../src/kube/cluster.js';
import type {
  ControlPlaneSwitch,
  Expression,
  Handshake,
  InstalledMesh,
  MeshDriver,
  Pod,
  PodPlan,
  ProxyInfo,
  ServiceAddress,
  Target,
  Wanted,
} from '../../src/mesh/driver.js';
import type { TrafficReading } from '../../src/metrics/traffic.js';
import type { Teardown } from '../../src/run/teardown.js';
import type { KubeObject } from '../../src/smi/model.js';
import { trafficOfRun, type ClusterTraffic } from '../envoy/cluster-traffic.js';
import { writeEnvoyBundle } from '../envoy/debug-bundle.js';
import { readEnvoyProxy, readEnvoyStats, type EnvoyProxyRef } from '../envoy/read-proxy.js';
import { CAPABILITIES } from './capabilities.js';
import { writeControlPlaneBundle } from './debug-bundle.js';
import { enrolNamespace, hasProxy, INJECTION } from './enrolment.js';
import type { Installation } from './installation.js';
import { STATISTICS } from './statistics.js';

const { adminPort: ADMIN_PORT } = STATISTICS;
/** Marks the connections of the mesh's own clients; whoever comes without it meets no filter chain. */
const ALPN = 'osm';

export interface OsmMeshParts {
  readonly driver: MeshDriver;
  readonly env: Environment;
  readonly cluster: Cluster;
  readonly installation: Installation;
  /** Absent for a mesh that belongs to somebody else. */
  readonly controlPlane?: ControlPlaneSwitch;
  /** Undoes the installation; empty for a mesh that was there before. */
  readonly teardown: Teardown;
}

export class OsmMesh implements InstalledMesh {
  readonly capabilities = CAPABILITIES;
  readonly controlPlane?: ControlPlaneSwitch;
  readonly #parts: OsmMeshParts;
  readonly #traffic: ClusterTraffic;

  constructor(parts: OsmMeshParts) {
    this.#parts = parts;
    this.#traffic = trafficOfRun(parts.cluster, STATISTICS);
    if (parts.controlPlane !== undefined) this.controlPlane = parts.controlPlane;
  }

  get driver(): MeshDriver {
    return this.#parts.driver;
  }

  async enrol(namespaces: readonly string[]): Promise<void> {
    const { kube, labels } = this.#parts.cluster;
    const { meshName } = this.#parts.installation;
    await Promise.all(namespaces.map((namespace) => enrolNamespace(kube, namespace, { meshName, labels })));
  }

  /** The injector does the work; a pod only says whether it wants to be left alone. */
  async decorate(plan: PodPlan): Promise<PodPlan> {
    const wish = plan.pod.meshed ? 'enabled' : 'disabled';
    return { ...plan, annotations: { ...plan.annotations, [INJECTION]: wish } };
  }

  /** Connections to a service's address go through the client's proxy, which knows the service by this name in every namespace. */
  address(service: ServiceAddress): Target {
    const { namespace, name, port } = service;
    return { ...this.#parts.env.address(service), authority: `${name}.${namespace}:${port}` };
  }

  express(wanted: readonly Wanted[]): Expression {
    return {
      objects: wanted.map(({ manifest }) => manifest),
      faithfulness: wanted.map(() => ({ fidelity: 'native', reasons: [] })),
    };
  }

  handshake({ namespace, name }: ServiceAddress): Handshake {
    return { alpn: [ALPN], servername: `${name}.${namespace}.svc.cluster.local` };
  }

  async proxies(): Promise<readonly ProxyInfo[]> {
    const infos = await Promise.all((await this.#meshedPods()).map((ref) => this.#readProxy(ref)));
    return infos.filter((info) => info !== undefined);
  }

  readStats({ namespace, name }: Pod): Promise<NonNullable<ProxyInfo['stats']>> {
    const { kube } = this.#parts.cluster;
    return readEnvoyStats({ kube, namespace, pod: name, adminPort: ADMIN_PORT });
  }

  readTraffic(): Promise<readonly TrafficReading[]> {
    return this.#traffic.read();
  }

  async debugBundle(dir: string): Promise<void> {
    const { cluster, installation } = this.#parts;
    await writeControlPlaneBundle(dir, cluster.kube, installation.namespace);
    for (const ref of await this.#meshedPods()) await writeEnvoyBundle(join(dir, 'proxies'), ref);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#traffic[Symbol.dispose]();
    const failures = await this.#parts.teardown.run();
    if (failures.length === 0) return;
    throw new HarnessError({
      code: 'E_TEARDOWN',
      message: `Open Service Mesh could not be taken down: ${failures.join('; ')}`,
      hint: 'remove what is named with helm uninstall and kubectl',
    });
  }

  /** Pods of this run that have a proxy and run. */
  async #meshedPods(): Promise<readonly EnvoyProxyRef[]> {
    const { kube, runId } = this.#parts.cluster;
    const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector: `${RUN_LABEL}=${runId}` });
    return pods
      .filter((pod) => hasProxy(pod) && isRunning(pod))
      .map(({ metadata: { name, namespace = '' } }) => ({ kube, namespace, pod: name, adminPort: ADMIN_PORT }));
  }

  /** Undefined for a pod that ended meanwhile. */
  async #readProxy(ref: EnvoyProxyRef): Promise<ProxyInfo | undefined> {
    try {
      return await readEnvoyProxy(ref);
    } catch (cause) {
      const { namespace, pod: name } = ref;
      const pod = await this.#parts.cluster.kube.get({ apiVersion: 'v1', kind: 'Pod', namespace, name });
      if (pod === undefined || !isRunning(pod)) return undefined;
      throw new HarnessError({
        code: 'E_PROXY_SILENT',
        message: `the proxy of ${namespace}/${name} does not say how it is: ${String(cause)}`,
        hint: `ask it with kubectl port-forward --namespace ${namespace} ${name} ${ADMIN_PORT}`,
        cause,
      });
    }
  }
}

function isRunning(pod: KubeObject): boolean {
  const { phase } = (pod['status'] ?? {}) as { readonly phase?: string };
  return phase === 'Running' && pod.metadata['deletionTimestamp'] === undefined;
}
