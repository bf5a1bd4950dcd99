import { setMaxListeners } from 'node:events';
import { HarnessError } from '../../errors/harness-error.js';
import type { Cluster } from '../../kube/cluster.js';
import type { InstalledMesh, Pod, PodSpec, Problem, Service, ServiceAddress } from '../../mesh/driver.js';
import { CannotCapture, type WireCapture } from '../capture.js';
import type { Environment, EnvironmentFacts, PodFailure, RunningPod, Way } from '../environment.js';
import { mapConcurrently } from '../local/concurrency.js';
import { hostFacts } from '../local/host.js';
import { runDirOf } from '../local/run-state.js';
import { selectPods } from '../local/service-proxy.js';
import { ClusterPod, type ForthcomingPod, type PodGround } from './cluster-pod.js';
import { readyPods } from './endpoints.js';
import { KubeClusterApi } from './kube-cluster-api.js';
import { CrashAtStart } from './pod-errors.js';
import { PodGuard } from './pod-guard.js';
import { AGENT, POD_DIR, clusterPlan } from './pod-manifest.js';
import { checkCluster } from './preflight.js';
import { RunNamespaces } from './run-namespaces.js';
import { addressOf, waysTo } from './service-addresses.js';
import { WatchedObjects } from './watched-objects.js';

/** Per pod. A proxy that never comes up is a mesh that does not work. */
const CRASHES_BORNE = 3;

export interface ClusterEnvironmentOptions {
  readonly name: 'kind' | 'existing' | 'k3s';
  readonly cluster: Cluster;
  readonly agentImage: string;
  /** Holds `iptables-restore`; needed by meshes whose driver asks for redirection. */
  readonly shellImage?: string;
  /** Its folder gets the logs of containers that end by themselves; it is the caller's. */
  readonly runId: string;
  /** Leaves namespaces, pods and logs where they are at the end. */
  readonly keep: boolean;
  readonly log: (line: string) => void;
  /** What a reader of a report must know about the cluster, beside the host. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** The cluster itself ends in `onDispose`: nothing in it has to be taken down before. */
  readonly ephemeral?: boolean;
  /** Called last, also with `keep`. */
  readonly onDispose?: () => Promise<void>;
}

/** Pods started at once: enough to keep a node busy, few enough not to be throttled. */
const STARTS_AT_ONCE = 16;
const ENDPOINTS_DEADLINE_MS = 60_000;

/** Pods in a Kubernetes cluster, each with an agent that is reached through the API server. */
export function createClusterEnvironment(options: ClusterEnvironmentOptions): ClusterEnvironment {
  return new ClusterEnvironment(options);
}

export class ClusterEnvironment implements Environment {
  readonly name: string;
  readonly interception = 'redirect';
  readonly cluster: Cluster;
  readonly api: KubeClusterApi;
  readonly #options: ClusterEnvironmentOptions;
  readonly #ground: PodGround;
  readonly #guard: PodGuard;
  readonly #namespaces: RunNamespaces;
  readonly #pods = new Map<string, ClusterPod>();
  readonly #names = new Set<string>();
  readonly #crashes: string[] = [];
  readonly #starting = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  readonly #failureListeners = new Set<(failure: PodFailure) => void>();
  #imagesProvided: Promise<void> | undefined;
  #isDisposed = false;

  constructor(options: ClusterEnvironmentOptions) {
    const { cluster } = options;
    const { signal } = this.#closing;
    // Every pod that is waited for listens.
    setMaxListeners(0, signal);
    this.#options = options;
    this.name = options.name;
    this.api = new KubeClusterApi({ cluster, signal, awaitEndpoints: (service) => this.#awaitEndpoints(service) });
    this.cluster = {
      kube: cluster.kube,
      runId: cluster.runId,
      owned: cluster.owned,
      labels: cluster.labels,
      provideImages: (refs, stop) => cluster.provideImages(refs, stop),
      discover: async () => {
        await cluster.discover();
        await this.api.discover();
      },
    };
    this.#ground = {
      cluster,
      images: { agent: options.agentImage, ...(options.shellImage !== undefined && { shell: options.shellImage }) },
      pods: new WatchedObjects(cluster.kube, { apiVersion: 'v1', kind: 'Pod' }),
      slices: new WatchedObjects(cluster.kube, { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }),
      services: () => this.api.services(),
      signal,
      logDir: runDirOf(options.runId),
    };
    this.#namespaces = new RunNamespaces(this.#ground);
    this.#guard = new PodGuard(this.#ground, (pod, failure) => this.#reportFailure(pod, failure));
  }

  facts(): EnvironmentFacts {
    const crashes = this.#crashes.length === 0 ? {} : { crashesAtStart: this.#crashes.join('; ') };
    return { ...hostFacts(this.name), ...this.#options.facts, ...crashes };
  }

  preflight(): Promise<readonly Problem[]> {
    return checkCluster(this.#options.cluster.kube);
  }

  async createNamespaces(names: readonly string[]): Promise<void> {
    this.#closing.signal.throwIfAborted();
    await this.#namespaces.create(names);
  }

  async startPods(
    specs: readonly (PodSpec & { readonly ip?: string })[],
    mesh: InstalledMesh,
  ): Promise<readonly RunningPod[]> {
    this.#closing.signal.throwIfAborted();
    await this.#provideImages();
    const started: ClusterPod[] = [];
    const all = mapConcurrently(specs, STARTS_AT_ONCE, async (spec) => {
      const pod = await this.#startPod(spec, mesh);
      started.push(pod);
      return pod;
    });
    this.#starting.add(all);
    try {
      return await all;
    } catch (error) {
      // All or nothing: the caller got no handle to stop the others with. Those that cannot be stopped go with their namespace.
      await Promise.allSettled(started.map(({ pod }) => this.stopPod(pod.namespace, pod.name)));
      throw error;
    } finally {
      this.#starting.delete(all);
    }
  }

  async stopPod(namespace: string, name: string): Promise<void> {
    const key = `${namespace}/${name}`;
    const running = this.#pods.get(key);
    if (running === undefined) {
      throw new HarnessError({ code: 'E_POD_UNKNOWN', message: `no pod ${key} runs here`, hint: 'start it first' });
    }
    this.#letGo(running);
    await running.stop();
    this.#names.delete(key);
  }

  ways(address: ServiceAddress): readonly Way[] {
    return waysTo(this.api, address);
  }

  address(address: ServiceAddress): { readonly host: string; readonly port: number } {
    return addressOf(this.api, address);
  }

  async capture({ namespace, name }: Pod, port: number): Promise<WireCapture> {
    const running = this.#pods.get(`${namespace}/${name}`);
    if (running === undefined) throw new CannotCapture(`no pod ${namespace}/${name} runs here`);
    return running.capture(port);
  }

  onPodFailure(listener: (failure: PodFailure) => void): Disposable {
    this.#failureListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#failureListeners.delete(listener) };
  }

  async vacate(namespaces?: readonly string[]): Promise<void> {
    const { ephemeral = false, keep } = this.#options;
    if (keep || ephemeral) return;
    if (namespaces === undefined) await this.#close();
    const leaving = namespaces ?? this.#namespaces.tried();
    for (const running of [...this.#pods.values()].filter(({ pod }) => leaving.includes(pod.namespace)))
      this.#letGo(running);
    await this.#namespaces.vacate(leaving);
  }

  /** Deletes the namespaces of the run and waits until they are gone; with `keep` says what is left instead. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    await this.#close();
    const ends = await Promise.allSettled([this.#leaveNamespaces()]);
    ends.push(...(await Promise.allSettled([this.#options.onDispose?.()])));
    const failure = ends.find((end) => end.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  /** From here on the end of this pod is no failure. */
  #letGo(running: ClusterPod): void {
    const { pod, agent } = running;
    this.#pods.delete(`${pod.namespace}/${pod.name}`);
    this.#guard.release(running);
    this.api.removePod(pod);
    agent.close();
  }

  /** From here on nothing is started, and pods that end are no failure. */
  async #close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(closedError());
    await Promise.allSettled([...this.#starting, this.#namespaces.settled()]);
    this.#guard[Symbol.dispose]();
    for (const { agent } of this.#pods.values()) agent.close();
    await Promise.all([this.#ground.pods, this.#ground.slices].map((watched) => watched[Symbol.asyncDispose]()));
  }

  async #leaveNamespaces(): Promise<void> {
    const { cluster, ephemeral = false, keep, log } = this.#options;
    const names = keep ? this.#namespaces.created() : [];
    if (names.length > 0) {
      log(
        `kept in ${cluster.kube.context}: namespaces ${names.join(', ')}; \`kubectl delete namespace ${names.join(' ')}\` removes them`,
      );
    }
    if (!keep && !ephemeral) await this.#namespaces.delete();
  }

  /** Once: whoever makes the cluster knows how images come into it. */
  #provideImages(): Promise<void> {
    const { cluster, agentImage, shellImage } = this.#options;
    const refs = shellImage === undefined ? [agentImage] : [agentImage, shellImage];
    this.#imagesProvided ??= cluster.provideImages(refs, this.#closing.signal);
    return this.#imagesProvided;
  }

  async #startPod(spec: PodSpec & { readonly ip?: string }, mesh: InstalledMesh): Promise<ClusterPod> {
    const key = `${spec.namespace}/${spec.name}`;
    if (this.#names.has(key)) {
      throw new HarnessError({ code: 'E_POD_EXISTS', message: `pod ${key} runs already`, hint: 'stop it first' });
    }
    this.#names.add(key);
    try {
      // Addresses are the cluster's to give: a wanted one cannot be asked for.
      const { ip: _wanted, ...rest } = spec;
      const pod: ForthcomingPod = { ...rest, ip: '', dir: POD_DIR, physicalPorts: new Map() };
      await this.#namespaces.ensureAccount(pod);
      const running = await this.#bringUp(pod, mesh);
      this.#pods.set(key, running);
      this.api.addPod(pod);
      this.#guard.guard(running);
      this.#options.log(`pod ${key} is ready on ${pod.ip}`);
      return running;
    } catch (error) {
      this.#names.delete(key);
      throw error;
    }
  }

  /**
   * A sidecar that crashes before its pod is ready costs that pod and not the run: as a Deployment would, we put another pod in its
   * place, a few times, and say so in the facts of the environment.
   */
  async #bringUp(pod: ForthcomingPod, mesh: InstalledMesh): Promise<ClusterPod> {
    for (let left = CRASHES_BORNE; ; left -= 1) {
      try {
        return await ClusterPod.start(this.#ground, pod, await mesh.decorate(clusterPlan(pod)));
      } catch (error) {
        if (!(error instanceof CrashAtStart) || error.container === AGENT || left === 0) throw error;
        this.#crashes.push(error.what);
        this.#options.log(`${error.what}; another pod takes its place (${error.hint})`);
      }
    }
  }

  async #awaitEndpoints(service: Service): Promise<void> {
    const { slices, signal } = this.#ground;
    const running = [...this.#pods.values()].filter(({ pod }) => selectPods(this.api.pods(), service).includes(pod));
    const lacking = (): readonly ClusterPod[] => {
      const ready = readyPods(slices.list(service.namespace), service.name);
      return running.filter(({ uid, pod }) => this.api.pods().includes(pod) && !ready.has(uid));
    };
    if (await slices.until(() => lacking().length === 0, { deadlineMs: ENDPOINTS_DEADLINE_MS, signal })) return;
    throw new HarnessError({
      code: 'E_DEADLINE',
      message: `waited ${ENDPOINTS_DEADLINE_MS / 1000} s for service ${service.namespace}/${service.name} to stand for ${lacking()
        .map(({ pod }) => pod.name)
        .join(', ')}`,
      hint: 'look whether the controller manager of the cluster is healthy',
    });
  }

  /** A pod that lost a program is not ready any more: it leaves the API; its other programs run until it is stopped. */
  #reportFailure({ pod }: ClusterPod, failure: PodFailure): void {
    this.api.removePod(pod);
    for (const listener of [...this.#failureListeners]) listener(failure);
  }
}

function closedError(): HarnessError {
  return new HarnessError({
    code: 'E_ENVIRONMENT_CLOSED',
    message: 'the environment is closed',
    hint: 'the run is ending: start another one',
  });
}
