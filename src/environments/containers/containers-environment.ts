import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { HarnessError } from '../../errors/harness-error.js';
import { agentImageRef, shellImageRef } from '../../images/agent-image.js';
import { ensureImages } from '../../images/ensure.js';
import type { InstalledMesh, Pod, PodSpec, Problem, ServiceAddress } from '../../mesh/driver.js';
import type { HeadersShape } from '../../smi/model.js';
import { type Engine, inspectEngine } from '../docker.js';
import { CannotCapture, type WireCapture } from '../capture.js';
import type { Environment, EnvironmentFacts, PodFailure, RunningPod, Way } from '../environment.js';
import { ClusterStore } from '../local/cluster-store.js';
import { mapConcurrently } from '../local/concurrency.js';
import { hostFacts } from '../local/host.js';
import { createSeededRandom } from '../../../fixtures/agent/seeded-random.js';
import { serviceAddress, serviceWays } from '../service-addresses.js';
import { ContainerPod } from './container-pod.js';
import { type Ground, openGround } from './ground.js';
import { containerPlan } from './pod-containers.js';
import { checkContainers } from './preflight.js';

export interface ContainersEnvironmentOptions {
  readonly runId: string;
  readonly seed: number;
  /** Keeps the run's folder (logs, configuration) at the end. */
  readonly keep: boolean;
  readonly log: (line: string) => void;
  /** Default: the one of this version. */
  readonly agentImage?: string;
  /** Holds `sh`, `sleep` and `iptables-restore`; default: the one of this version. */
  readonly shellImage?: string;
  /** The shape of header filters that the API's schema admits. */
  readonly headers?: HeadersShape;
}

/** Pods as containers of an engine on this host, each with an address of its own. Takes nothing from the engine before the first pod or service. */
export function createContainersEnvironment(options: ContainersEnvironmentOptions): ContainersEnvironment {
  return new ContainersEnvironment(options);
}

export class ContainersEnvironment implements Environment {
  readonly name = 'containers';
  readonly interception = 'redirect';
  readonly api: ClusterStore;
  readonly #options: ContainersEnvironmentOptions;
  readonly #pods = new Map<string, ContainerPod>();
  readonly #names = new Set<string>();
  readonly #starting = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  readonly #failureListeners = new Set<(failure: PodFailure) => void>();
  #engine: Engine | undefined;
  #ground: Promise<Ground> | undefined;
  #podCount = 0;

  constructor(options: ContainersEnvironmentOptions) {
    this.#options = options;
    this.api = new ClusterStore(
      {
        open: async (spec) => (await this.#openGround()).services.open(spec),
        close: async (service) => (await this.#openGround()).services.close(service),
      },
      options.headers,
    );
  }

  /** After the preflight also the engine's. */
  facts(): EnvironmentFacts {
    const engine = this.#engine && { engine: this.#engine.version, cgroups: this.#engine.cgroupVersion };
    return { ...hostFacts(this.name), ...engine };
  }

  async preflight(): Promise<readonly Problem[]> {
    const problems = await checkContainers();
    if (problems.length === 0) this.#engine = await inspectEngine();
    return problems;
  }

  async hostAddress(): Promise<string> {
    return (await this.#openGround()).network.gateway;
  }

  async createNamespaces(names: readonly string[]): Promise<void> {
    this.api.addNamespaces(names);
  }

  async startPods(
    specs: readonly (PodSpec & { readonly ip?: string })[],
    mesh: InstalledMesh,
  ): Promise<readonly RunningPod[]> {
    const ground = await this.#openGround();
    const started: ContainerPod[] = [];
    const start = async (spec: PodSpec & { readonly ip?: string }): Promise<ContainerPod> => {
      const pod = await this.#startPod(ground, spec, mesh);
      started.push(pod);
      return pod;
    };
    const all = mapConcurrently(specs, 2 * availableParallelism(), start);
    this.#starting.add(all);
    try {
      return await all;
    } catch (error) {
      // All or nothing: the caller got no handle to stop the others with.
      await Promise.all(started.map(({ pod }) => this.stopPod(pod.namespace, pod.name)));
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
    this.#pods.delete(key);
    this.api.removePod(running.pod);
    await running.stop();
    this.#names.delete(key);
    (await this.#openGround()).network.pods.release(running.pod.ip);
  }

  ways(address: ServiceAddress): readonly Way[] {
    return serviceWays(this.api, address);
  }

  address(address: ServiceAddress): { readonly host: string; readonly port: number } {
    return serviceAddress(this.api, address);
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

  /** Stops every pod, closes every address, and removes network and files (the run's folder only unless it is to be kept). */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(closedError());
    await Promise.allSettled(this.#starting);
    const ground = await this.#ground?.catch(() => undefined);
    const stops = [...this.#pods.values()].map(({ pod }) => this.stopPod(pod.namespace, pod.name));
    const ends = await Promise.allSettled(stops);
    ends.push(...(await Promise.allSettled([ground?.close({ keepDir: this.#options.keep })])));
    const failure = ends.find((end) => end.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  async #startPod(
    ground: Ground,
    spec: PodSpec & { readonly ip?: string },
    mesh: InstalledMesh,
  ): Promise<ContainerPod> {
    const key = `${spec.namespace}/${spec.name}`;
    if (this.#names.has(key)) {
      throw new HarnessError({ code: 'E_POD_EXISTS', message: `pod ${key} runs already`, hint: 'stop it first' });
    }
    const { ip: wantedIp, ...rest } = spec;
    const ip = ground.network.pods.take(wantedIp);
    this.#names.add(key);
    try {
      const pod: Pod = { ...rest, ip, dir: await this.#makePodDir(ground, spec.name), physicalPorts: new Map() };
      const plan = containerPlan(pod);
      const running = await ContainerPod.start(
        {
          docker: ground.docker,
          runId: this.#options.runId,
          network: ground.network.name,
          images: ground.images,
          signal: this.#closing.signal,
          onFailure: (failed, failure) => this.#reportFailure(failed, failure),
        },
        pod.meshed ? await mesh.decorate(plan) : plan,
      );
      this.#pods.set(key, running);
      this.api.addPod(pod);
      this.#options.log(`pod ${key} is ready on ${ip} (${pod.dir})`);
      return running;
    } catch (error) {
      this.#names.delete(key);
      ground.network.pods.release(ip);
      throw error;
    }
  }

  /** Short, because Unix socket paths in it must stay below 108 bytes; the number keeps namesakes apart. */
  async #makePodDir(ground: Ground, name: string): Promise<string> {
    const dir = join(ground.runDir, `${++this.#podCount}-${name.slice(0, 16)}`);
    await mkdir(dir);
    return dir;
  }

  /** A pod that lost a container is not ready any more: it leaves the API; its other containers run until it is stopped. */
  #reportFailure(pod: Pod, failure: PodFailure): void {
    this.api.removePod(pod);
    for (const listener of [...this.#failureListeners]) listener(failure);
  }

  #openGround(): Promise<Ground> {
    this.#ground ??= this.#takeGround();
    return this.#ground;
  }

  async #takeGround(): Promise<Ground> {
    this.#closing.signal.throwIfAborted();
    const {
      agentImage: agent = agentImageRef(),
      shellImage: shell = shellImageRef(),
      log,
      runId,
      seed,
    } = this.#options;
    await ensureImages([agent, shell], { log, signal: this.#closing.signal });
    return openGround({
      runId,
      images: { agent, shell },
      log,
      pods: () => this.api.pods(),
      random: createSeededRandom(seed),
    });
  }
}

function closedError(): HarnessError {
  return new HarnessError({
    code: 'E_ENVIRONMENT_CLOSED',
    message: 'the containers environment is closed',
    hint: 'the run is ending: start another one',
  });
}
