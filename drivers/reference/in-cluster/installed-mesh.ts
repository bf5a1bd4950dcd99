/** The reference mesh in a cluster: its control plane in a pod of its own, one Envoy in each meshed pod. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getPage } from '../../envoy/admin.js';
import { writeEnvoyBundle } from '../../envoy/debug-bundle.js';
import { readEnvoyProxy, readEnvoyStats } from '../../envoy/read-proxy.js';
import type { Usage } from '../../../fixtures/agent/protocol.js';
import type { Environment } from '../../../src/environments/environment.js';
import { HarnessError } from '../../../src/errors/harness-error.js';
import type { Cluster } from '../../../src/kube/cluster.js';
import { forwardPort } from '../../../src/kube/local-forward.js';
import { kubeEndpoint } from '../../../src/metrics/endpoint.js';
import type {
  Capabilities,
  Expression,
  InstalledMesh,
  MeshDriver,
  MetricsEndpoint,
  NamespaceMode,
  Pod,
  PodPlan,
  ProxyInfo,
  ServiceAddress,
  Sidecar,
  SimulatedPod,
  SimulatedProxies,
  Target,
  Wanted,
} from '../../../src/mesh/driver.js';
import type { Teardown } from '../../../src/run/teardown.js';
import { envoyBootstrap, ENVOY_FLAGS } from '../envoy/bootstrap.js';
import { messageOf } from '../mutate-resources.js';
import { PROXY_USER_ID, REDIRECTION, redirectedListen } from '../sidecar.js';
import { simulatedNode, simulatedProxies, simulatedServer } from '../simulated.js';
import type { ControlClient } from './control-client.js';
import { ADMIN_PORT, CONTROL_PLANE_PORTS, type Health, MESH_LABEL, PROXY_ANNOTATION } from './control-protocol.js';
import { CONTROL_PLANE, CONTROL_PLANE_NAMESPACE } from './manifests.js';

/** The control plane looks at proxies through the API server, and its clock may be another one. */
const METRICS_LAG_MS = 2_000;
const BOOTSTRAP_FILE = 'envoy.json';
const ENVOY_COMMAND = '/usr/local/bin/envoy';
/** One look at readiness waits this long at the other end: connections through the API server are dear. */
const ANSWER_TIMEOUT_MS = 5_000;
const FORWARDED_PER_CONNECTION = 50;

export interface InClusterMeshParts {
  readonly driver: MeshDriver;
  readonly capabilities: Capabilities;
  readonly env: Environment;
  readonly cluster: Cluster;
  readonly control: ControlClient;
  readonly health: Health;
  /** The cluster address of the control plane's service. */
  readonly xdsHost: string;
  readonly xds: 'sotw' | 'delta';
  readonly envoyImage: string;
  /** Present where traffic metrics are served. */
  readonly metricsWindowMs?: number;
  /** Undoes the installation. */
  readonly teardown: Teardown;
}

export class InClusterMesh implements InstalledMesh {
  readonly metrics?: () => Promise<MetricsEndpoint>;
  readonly #parts: InClusterMeshParts;
  readonly #enrolled = new Set<string>();
  #proxyCount = 0;
  #problems: readonly string[] = [];

  constructor(parts: InClusterMeshParts) {
    this.#parts = parts;
    parts.teardown.defer('labels of namespaces', () => this.#release());
    if (parts.metricsWindowMs === undefined) return;
    const endpoint = kubeEndpoint(parts.cluster.kube, { source: 'native', lagMs: METRICS_LAG_MS });
    this.metrics = () => Promise.resolve(endpoint);
  }

  get driver(): MeshDriver {
    return this.#parts.driver;
  }

  get capabilities(): Capabilities {
    return this.#parts.capabilities;
  }

  async enrol(namespaces: readonly string[]): Promise<void> {
    const { cluster } = this.#parts;
    await Promise.all(namespaces.map((name) => this.#label(name, cluster.runId)));
    for (const name of namespaces) this.#enrolled.add(name);
  }

  async decorate(plan: PodPlan): Promise<PodPlan> {
    const { pod } = plan;
    if (!pod.meshed) return plan;
    const { control, health, metricsWindowMs, xds, xdsHost } = this.#parts;
    // A pod may get the name of an earlier one, whose proxy must not be taken for its own.
    this.#proxyCount += 1;
    const id = `${pod.namespace}/${pod.name}/${this.#proxyCount}`;
    const bootstrap = envoyBootstrap({
      nodeId: id,
      adsHost: xdsHost,
      adsPort: CONTROL_PLANE_PORTS.xds,
      xds,
      identity: await control.addProxy(id, pod),
      caPem: health.caPem,
      controlPlaneSpiffeId: health.controlPlaneSpiffeId,
      admin: { kind: 'tcp', host: '127.0.0.1', port: ADMIN_PORT },
      counting: metricsWindowMs !== undefined,
    });
    return {
      ...plan,
      listen: redirectedListen(pod),
      sidecars: [...plan.sidecars, this.#sidecar(plan, id, JSON.stringify(bootstrap))],
      annotations: { ...plan.annotations, [PROXY_ANNOTATION]: id },
      redirection: REDIRECTION,
    };
  }

  /** Apps call services as they are called without a mesh; their connections are brought to their proxies. */
  address(service: ServiceAddress): Target {
    const { env } = this.#parts;
    return { ...env.address(service), authority: `${service.name}.${service.namespace}:${service.port}` };
  }

  express(wanted: readonly Wanted[]): Expression {
    return {
      objects: wanted.map(({ manifest }) => manifest),
      faithfulness: wanted.map(() => ({ fidelity: 'native', reasons: [] })),
    };
  }

  /** What was acknowledged and refused, the control plane knows best; the rest says each Envoy itself, if it still answers. */
  async proxies(): Promise<readonly ProxyInfo[]> {
    const { cluster, control } = this.#parts;
    const { proxies, problems } = await control.state();
    this.#problems = problems;
    return Promise.all(
      proxies.map(async ({ pod, namespace, acknowledged, rejected }) => {
        const own = { pod, namespace, acknowledged, rejected };
        const ref = { kube: cluster.kube, namespace, pod, adminPort: ADMIN_PORT };
        return readEnvoyProxy(ref).then(
          (info) => ({ ...info, ...own }),
          () => own,
        );
      }),
    );
  }

  readStats({ namespace, name }: Pod): Promise<NonNullable<ProxyInfo['stats']>> {
    return readEnvoyStats({ kube: this.#parts.cluster.kube, namespace, pod: name, adminPort: ADMIN_PORT });
  }

  /** As of the last look at the proxies. */
  problems(): readonly string[] {
    return this.#problems;
  }

  /** Whatever can still be had: a bundle is asked for when something is broken. */
  async debugBundle(dir: string): Promise<void> {
    const { cluster, control } = this.#parts;
    await mkdir(dir, { recursive: true });
    const orElse = (error: unknown): string => `not to be had: ${messageOf(error)}\n`;
    const log = await cluster.kube.logs({ namespace: CONTROL_PLANE_NAMESPACE, pod: CONTROL_PLANE }).catch(orElse);
    await writeFile(join(dir, 'control-plane.log'), log);
    const state = await control.state().catch(orElse);
    await writeFile(join(dir, 'state.json'), JSON.stringify(state, undefined, 2));
    for (const { namespace, pod, served } of await control.served().catch(() => [])) {
      await writeEnvoyBundle(dir, { kube: cluster.kube, namespace, pod, adminPort: ADMIN_PORT });
      await writeFile(join(dir, namespace, pod, 'served.json'), JSON.stringify(served, undefined, 2));
    }
  }

  async setMode(namespace: string, mode: NamespaceMode): Promise<void> {
    await this.#parts.control.setMode(namespace, mode);
  }

  async rotateCertificates(): Promise<void> {
    await this.#parts.control.rotate();
  }

  /** They reach the control plane through the API server, where connections are dear: many share one. */
  async simulateProxies(pods: readonly SimulatedPod[]): Promise<SimulatedProxies> {
    const { cluster, control, health } = this.#parts;
    const credentials = await control.addSimulated(pods);
    const forward = await forwardPort(
      cluster.kube,
      { namespace: CONTROL_PLANE_NAMESPACE, pod: CONTROL_PLANE },
      CONTROL_PLANE_PORTS.xds,
    );
    return {
      nodes: simulatedProxies(pods).map(simulatedNode),
      server: simulatedServer(forward, { ...credentials, caPem: health.caPem }, FORWARDED_PER_CONNECTION),
      [Symbol.asyncDispose]: async () => {
        await forward[Symbol.asyncDispose]();
        await control.removeSimulated(pods);
      },
    };
  }

  controlPlaneUsage(): Promise<Usage> {
    return this.#parts.control.usage();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures = await this.#parts.teardown.run();
    if (failures.length === 0) return;
    throw new HarnessError({
      code: 'E_TEARDOWN',
      message: `the reference mesh could not be taken down: ${failures.join('; ')}`,
      hint: `"meshgauge clean" removes what is left; all of it bears the label of run ${this.#parts.cluster.runId}`,
    });
  }

  #sidecar({ pod }: PodPlan, id: string, bootstrap: string): Sidecar {
    const { cluster, control, envoyImage } = this.#parts;
    const admin = () => cluster.kube.connect({ namespace: pod.namespace, pod: pod.name }, ADMIN_PORT);
    const isLive = async (): Promise<boolean> => (await getPage(admin, '/ready')).trim() === 'LIVE';
    return {
      name: 'envoy',
      image: envoyImage,
      userId: PROXY_USER_ID,
      command: ENVOY_COMMAND,
      args: ['-c', join(pod.dir, BOOTSTRAP_FILE), ...ENVOY_FLAGS],
      files: [{ path: BOOTSTRAP_FILE, content: bootstrap, mode: 0o600 }],
      ready: async () => (await control.hasAnswered(id, ANSWER_TIMEOUT_MS)) && (await isLive()),
    };
  }

  /** Namespaces that went before us need nothing. */
  async #release(): Promise<void> {
    const { kube } = this.#parts.cluster;
    for (const name of this.#enrolled) {
      const there = await kube.get({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name });
      if (there !== undefined) await this.#label(name, null);
    }
    this.#enrolled.clear();
  }

  async #label(name: string, value: string | null): Promise<void> {
    const { kube } = this.#parts.cluster;
    const ref = { apiVersion: 'v1', kind: 'Namespace', namespace: '', name };
    await kube.patch(ref, { metadata: { labels: { [MESH_LABEL]: value } } });
  }
}
