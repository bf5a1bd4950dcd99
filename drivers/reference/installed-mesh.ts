/** The reference mesh, installed: one control plane in this process, one Envoy per meshed pod. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Usage } from '../../fixtures/agent/protocol.js';
import type {
  Capabilities,
  ControlPlaneSwitch,
  Expression,
  FaultSwitch,
  InstalledMesh,
  MeshAuthority,
  MeshDriver,
  MetricsEndpoint,
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
import type { Environment } from '../../src/environments/environment.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import type { Tamper } from '../../src/metrics/serve.js';
import type { TrafficReading } from '../../src/metrics/traffic.js';
import type { Teardown } from '../../src/run/teardown.js';
import { parseStats, STATS_PAGE } from '../envoy/stats.js';
import { getAdmin } from './admin.js';
import { writeProxyBundle } from './debug-bundle.js';
import { faultSwitch } from './fault-switch.js';
import { envoyBootstrap } from './envoy/bootstrap.js';
import type { MetricsOptions } from './metrics/options.js';
import { readUnasked, serveReferenceMetrics } from './metrics/serve.js';
import { spiffeId } from './policy/identity.js';
import { LOOPBACK } from './resources/common.js';
import { PROXY_PORTS } from './resources/proxy.js';
import { adminSocket, envoySidecar, moveApp, redirectedListen, REDIRECTION, type EnvoyProgram } from './sidecar.js';
import { accountOf, simulatedNode, simulatedProxies, simulatedServer } from './simulated.js';
import type { RunningControlPlane } from './start-control-plane.js';
import { ownUsage } from './usage.js';

export interface ReferenceMeshParts extends RunningControlPlane {
  readonly driver: MeshDriver;
  readonly capabilities: Capabilities;
  readonly env: Pick<Environment, 'address' | 'api' | 'facts' | 'interception'>;
  readonly envoy: EnvoyProgram;
  /** Where proxies find the xDS server. */
  readonly adsHost: string;
  readonly xds: 'sotw' | 'delta';
  /** Present where traffic metrics are wanted. */
  readonly metrics?: MetricsOptions & { readonly tamper: Tamper };
  /** Undoes the installation. */
  readonly teardown: Teardown;
}

export class ReferenceMesh implements InstalledMesh {
  readonly metrics?: () => Promise<MetricsEndpoint>;
  readonly readTraffic?: () => Promise<readonly TrafficReading[]>;
  readonly #parts: ReferenceMeshParts;
  #endpoint: Promise<MetricsEndpoint> | undefined;

  constructor(parts: ReferenceMeshParts) {
    this.#parts = parts;
    const { metrics, controlPlane, env, teardown } = parts;
    if (metrics === undefined) return;
    const seen = { env, pods: () => controlPlane.proxies().map(({ pod }) => pod) };
    if (metrics.served === 'native')
      this.metrics = () => (this.#endpoint ??= serveReferenceMetrics(seen, metrics, teardown));
    else this.readTraffic = () => readUnasked(seen);
  }

  get driver(): MeshDriver {
    return this.#parts.driver;
  }

  get capabilities(): Capabilities {
    return this.#parts.capabilities;
  }

  /** Every namespace is served; which pods take part, each pod says itself. */
  async enrol(): Promise<void> {
    this.#parts.controlPlane.check();
  }

  async decorate(plan: PodPlan): Promise<PodPlan> {
    const { pod } = plan;
    if (!pod.meshed) return plan;
    const { ads, adsHost, authority, controlPlane, controlPlaneSpiffeId, env, envoy, metrics, xds } = this.#parts;
    const id = nodeId(pod);
    const isRedirected = env.interception === 'redirect';
    const listen = isRedirected ? redirectedListen(pod) : moveApp(pod);
    const identity = await controlPlane.addProxy(id, pod, listen);
    const bootstrap = envoyBootstrap({
      nodeId: id,
      adsHost,
      adsPort: ads.port,
      xds,
      identity,
      caPem: authority.caPem,
      controlPlaneSpiffeId,
      // A proxy of another user must let us in; the run's folder keeps everybody else out.
      admin: { kind: 'unix', path: adminSocket(pod), mode: isRedirected ? 0o666 : 0o600 },
      counting: metrics?.served === 'native',
    });
    const sidecar = envoySidecar(pod, envoy, {
      bootstrap,
      hasAnswered: (timeoutMs) => controlPlane.hasAnswered(id, timeoutMs),
    });
    const redirection = isRedirected ? { redirection: REDIRECTION } : {};
    return { ...plan, ...redirection, listen, sidecars: [...plan.sidecars, sidecar] };
  }

  /** The client's own proxy, found on the client's own address; where connections are redirected to it, the service's address. */
  address(service: ServiceAddress, client: Pod): Target {
    const { controlPlane, env } = this.#parts;
    controlPlane.check();
    const authority = `${service.name}.${service.namespace}:${service.port}`;
    const isRedirected = env.interception === 'redirect';
    if (isRedirected && service.protocol !== 'udp') return { ...env.address(service), authority };
    return {
      host: isRedirected ? LOOPBACK : client.ip,
      port: service.protocol === 'http' ? PROXY_PORTS.outbound : controlPlane.servicePorts.numberOf(service),
      authority,
    };
  }

  express(wanted: readonly Wanted[]): Expression {
    return {
      objects: wanted.map(({ manifest }) => manifest),
      faithfulness: wanted.map(() => ({ fidelity: 'native', reasons: [] })),
    };
  }

  get authority(): MeshAuthority {
    const { authority } = this.#parts;
    const identity = (account: Pick<Pod, 'namespace' | 'serviceAccount'>): string =>
      spiffeId(authority.trustDomain, account);
    return {
      identity,
      roots: async () => authority.caPem,
      issue: (account, { notBefore, notAfter }) =>
        authority.issue({ spiffeId: identity(account), notBefore, ttlMs: notAfter.getTime() - Date.now() }),
    };
  }

  async proxies(): Promise<readonly ProxyInfo[]> {
    const { ads, controlPlane } = this.#parts;
    controlPlane.check();
    return controlPlane.proxies().map(({ id, pod }) => ({
      pod: pod.name,
      namespace: pod.namespace,
      acknowledged: ads.acknowledged(id),
      rejected: ads.rejections(id).map(({ typeUrl, message, at }) => ({ type: typeUrl, message, at })),
    }));
  }

  problems(): readonly string[] {
    return this.#parts.controlPlane.problems();
  }

  async debugBundle(dir: string): Promise<void> {
    const { controlPlane } = this.#parts;
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'problems.json'), JSON.stringify(controlPlane.problems(), undefined, 2));
    await Promise.all(controlPlane.proxies().map((proxy) => writeProxyBundle(dir, proxy, proxy.snapshot)));
  }

  async setMode(namespace: string, mode: NamespaceMode): Promise<void> {
    this.#parts.controlPlane.setMode(namespace, mode);
  }

  async rotateCertificates(): Promise<void> {
    await this.#parts.controlPlane.rotate();
  }

  /** Their pods are nowhere in the API, so nothing is routed to them. */
  async simulateProxies(pods: readonly SimulatedPod[]): Promise<SimulatedProxies> {
    const { ads, adsHost, authority, controlPlane } = this.#parts;
    const simulated = simulatedProxies(pods);
    const certificate = await controlPlane.addProxies(simulated, accountOf(pods));
    return {
      nodes: simulated.map(simulatedNode),
      server: simulatedServer({ host: adsHost, port: ads.port }, { ...certificate, caPem: authority.caPem }),
      [Symbol.asyncDispose]: async () => {
        for (const { id } of simulated) controlPlane.removeProxy(id);
      },
    };
  }

  /** The control plane lives in this process, so what the harness itself does is part of it. */
  async controlPlaneUsage(): Promise<Usage> {
    return ownUsage();
  }

  async readStats(pod: Pod): Promise<NonNullable<ProxyInfo['stats']>> {
    return parseStats((await getAdmin(adminSocket(pod), STATS_PAGE)).body).numbers;
  }

  /** Its server goes and comes back: what changed meanwhile, proxies hear when they connect again. */
  get controlPlane(): ControlPlaneSwitch {
    const { ads } = this.#parts;
    return { stop: () => ads.suspend(), start: () => ads.resume() };
  }

  get faults(): FaultSwitch {
    return faultSwitch(this.#parts.controlPlane);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures = await this.#parts.teardown.run();
    if (failures.length === 0) return;
    throw new HarnessError({
      code: 'E_TEARDOWN',
      message: `the reference mesh could not be taken down: ${failures.join('; ')}`,
      hint: 'end this process; all of the mesh but the proxies lives in it',
    });
  }
}

function nodeId(pod: Pod): string {
  return `${pod.namespace}/${pod.name}`;
}
