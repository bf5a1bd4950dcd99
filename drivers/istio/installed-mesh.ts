/** Istio, installed. */
import type { Usage } from '../../fixtures/agent/protocol.js';
import type { Environment } from '../../src/environments/environment.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import type { Cluster } from '../../src/kube/cluster.js';
import type {
  Capabilities,
  ControlPlaneSwitch,
  Expression,
  Handshake,
  InstalledMesh,
  MeshDriver,
  NamespaceMode,
  Pod,
  PodPlan,
  ProxyInfo,
  ServiceAddress,
  SimulatedPod,
  SimulatedProxies,
  Target,
  Wanted,
} from '../../src/mesh/driver.js';
import type { TrafficReading } from '../../src/metrics/traffic.js';
import type { Teardown } from '../../src/run/teardown.js';
import type { KubeObject } from '../../src/smi/model.js';
import { AdminPages } from '../envoy/admin.js';
import { trafficOfRun, type ClusterTraffic } from '../envoy/cluster-traffic.js';
import { countDraining, DrainWatch } from '../envoy/draining.js';
import { readEnvoyProxy, readEnvoyStats, type EnvoyProxyRef } from '../envoy/read-proxy.js';
import { writeIstioBundle } from './debug-bundle.js';
import { modeObjects, scopeObject, SMI_MODE, type WholeMode } from './namespace-mode.js';
import type { IstioOptions } from './options.js';
import { TRUST_DOMAIN } from './release.js';
import { istiodUsage, simulateSidecars } from './simulated.js';
import { COUNTING, STATISTICS } from './statistics.js';
import { accountLabels } from './translate/names.js';
import { translate } from './translate/index.js';

const { adminPort: ADMIN_PORT } = STATISTICS;

export interface IstioMeshParts {
  readonly driver: MeshDriver;
  readonly capabilities: Capabilities;
  readonly env: Environment;
  readonly cluster: Cluster;
  readonly options: IstioOptions;
  /** Traffic metrics will be asked for. */
  readonly metrics: boolean;
  /** Absent for a mesh that belongs to somebody else. */
  readonly controlPlane?: ControlPlaneSwitch;
  /** Undoes the installation. */
  readonly teardown: Teardown;
}

export class IstioMesh implements InstalledMesh {
  readonly controlPlane?: ControlPlaneSwitch;
  readonly #parts: IstioMeshParts;
  readonly #traffic: ClusterTraffic;
  readonly #modes = new Map<string, WholeMode>();
  /** By the namespaces that are asked for: lanes wait beside each other. */
  readonly #drains = new Map<string, DrainWatch<EnvoyProxyRef>>();
  /** Of each proxy that was asked whether it drains: it will be asked again after the next change. */
  readonly #pages = new Map<string, AdminPages>();

  constructor(parts: IstioMeshParts) {
    this.#parts = parts;
    this.#traffic = trafficOfRun(parts.cluster, STATISTICS);
    if (parts.controlPlane !== undefined) this.controlPlane = parts.controlPlane;
  }

  get driver(): MeshDriver {
    return this.#parts.driver;
  }

  get capabilities(): Capabilities {
    return this.#parts.capabilities;
  }

  async enrol(namespaces: readonly string[]): Promise<void> {
    const { kube } = this.#parts.cluster;
    await Promise.all(
      namespaces.map(async (namespace) => {
        const ref = { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace };
        await kube.patch(ref, { metadata: { labels: { 'istio-injection': 'enabled' } } });
        await this.#apply(scopeObject(namespace, namespaces));
        await this.setMode(namespace, SMI_MODE);
      }),
    );
  }

  async decorate(plan: PodPlan): Promise<PodPlan> {
    const { meshed, serviceAccount } = plan.pod;
    const injection = { 'sidecar.istio.io/inject': String(meshed) };
    return {
      ...plan,
      labels: { ...plan.labels, ...accountLabels(serviceAccount), ...injection },
      annotations: { ...plan.annotations, ...(this.#parts.metrics ? COUNTING : {}) },
    };
  }

  /** Connections to a service's own address are redirected to the client's proxy. */
  address(service: ServiceAddress): Target {
    const authority = `${service.name}.${service.namespace}:${service.port}`;
    return { ...this.#parts.env.address(service), authority };
  }

  express(wanted: readonly Wanted[]): Expression {
    const { env, options } = this.#parts;
    return translate(wanted, {
      mode: options.mode,
      trustDomain: TRUST_DOMAIN,
      pods: env.api.pods(),
      services: env.api.services(),
    });
  }

  handshake({ name, namespace, port }: ServiceAddress): Handshake {
    return { servername: `outbound_.${port}_._.${name}.${namespace}.svc.cluster.local`, alpn: ['istio'] };
  }

  /** A changed policy is a changed listener here; connections that were open before are drained under the old one. */
  async isSettled(namespaces: readonly string[]): Promise<boolean> {
    const key = namespaces.join();
    const watch = this.#drains.get(key) ?? new DrainWatch((ref) => countDraining(this.#pagesOf(ref)), nameOf);
    this.#drains.set(key, watch);
    return watch.isOver(this.#proxyRefs().filter(({ namespace }) => namespaces.includes(namespace)));
  }

  proxies(): Promise<readonly ProxyInfo[]> {
    return Promise.all(this.#proxyRefs().map(readEnvoyProxy));
  }

  readStats({ namespace, name }: Pod): Promise<NonNullable<ProxyInfo['stats']>> {
    const { kube } = this.#parts.cluster;
    return readEnvoyStats({ kube, namespace, pod: name, adminPort: ADMIN_PORT });
  }

  readTraffic(): Promise<readonly TrafficReading[]> {
    return this.#traffic.read();
  }

  async debugBundle(dir: string): Promise<void> {
    await writeIstioBundle(dir, this.#parts.cluster.kube, this.#proxyRefs(), [...this.#modes.keys()]);
  }

  async setMode(namespace: string, mode: NamespaceMode): Promise<void> {
    const whole = { ...SMI_MODE, ...this.#modes.get(namespace), ...mode };
    this.#modes.set(namespace, whole);
    for (const object of modeObjects(namespace, whole)) await this.#apply(object);
  }

  simulateProxies(pods: readonly SimulatedPod[]): Promise<SimulatedProxies> {
    return simulateSidecars(this.#parts.cluster.kube, pods);
  }

  controlPlaneUsage(): Promise<Usage> {
    return istiodUsage(this.#parts.cluster.kube);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pages of this.#pages.values()) pages[Symbol.dispose]();
    this.#traffic[Symbol.dispose]();
    const failures = await this.#parts.teardown.run();
    if (failures.length === 0) return;
    throw new HarnessError({
      code: 'E_TEARDOWN',
      message: `Istio could not be taken out of the cluster: ${failures.join('; ')}`,
      hint: 'meshgauge clean tries again; what is left carries the label of the run or a name that begins with istio',
    });
  }

  async #apply(object: KubeObject): Promise<void> {
    const { kube, labels } = this.#parts.cluster;
    await kube.apply({ ...object, metadata: { ...object.metadata, labels } });
  }

  #pagesOf(ref: EnvoyProxyRef): AdminPages {
    const { kube, namespace, pod, adminPort } = ref;
    const pages = this.#pages.get(nameOf(ref)) ?? new AdminPages(() => kube.connect({ namespace, pod }, adminPort));
    this.#pages.set(nameOf(ref), pages);
    return pages;
  }

  #proxyRefs(): readonly EnvoyProxyRef[] {
    const { env, cluster } = this.#parts;
    return env.api
      .pods()
      .filter(({ meshed }) => meshed)
      .map(({ namespace, name }) => ({ kube: cluster.kube, namespace, pod: name, adminPort: ADMIN_PORT }));
  }
}

const nameOf = ({ namespace, pod }: EnvoyProxyRef): string => `${namespace}/${pod}`;
