import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { HarnessError } from '../../errors/harness-error.js';
import {
  type InstalledMesh,
  type Pod,
  type PodSpec,
  type PortKey,
  type Problem,
  type Service,
  type ServiceAddress,
  portKey,
} from '../../mesh/driver.js';
import type { HeadersShape } from '../../smi/model.js';
import type { WireCapture } from '../capture.js';
import type { Environment, EnvironmentFacts, PodFailure, RunningPod, Way } from '../environment.js';
import { ClusterStore } from './cluster-store.js';
import { mapConcurrently } from './concurrency.js';
import { type Ground, openGround } from './ground.js';
import { checkHost, hostFacts } from './host.js';
import { defaultPlan } from './default-plan.js';
import { baseEnvironment, LocalPod } from './pod.js';
import { createSeededRandom } from '../../../fixtures/agent/seeded-random.js';
import { ServiceProxy, findServicePort, selectPods } from './service-proxy.js';
import { captureLoopback } from './wire.js';

export interface LocalEnvironmentOptions {
  readonly runId: string;
  readonly seed: number;
  /** Added to every port that is bound; without it the first offset that suits this host. */
  readonly portOffset?: number;
  /** Keeps the run's folder (logs, configuration) at the end. */
  readonly keep: boolean;
  readonly log: (line: string) => void;
  /** The shape of header filters that the API's schema admits. */
  readonly headers?: HeadersShape;
  /** Ports that `preflight` tries. */
  readonly ports?: readonly PortKey[];
}

/** Pods as processes on this host, each on its own loopback address. Takes nothing from the host before the first pod or service. */
export function createLocalEnvironment(options: LocalEnvironmentOptions): LocalEnvironment {
  return new LocalEnvironment(options);
}

export class LocalEnvironment implements Environment {
  readonly name = 'local';
  readonly interception = 'address';
  readonly api: ClusterStore;
  readonly #options: LocalEnvironmentOptions;
  readonly #pods = new Map<string, LocalPod>();
  readonly #names = new Set<string>();
  readonly #starting = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  readonly #failureListeners = new Set<(failure: PodFailure) => void>();
  #ground: Promise<Ground> | undefined;
  #proxy: ServiceProxy | undefined;
  #podCount = 0;
  #captureCount = 0;

  constructor(options: LocalEnvironmentOptions) {
    this.#options = options;
    this.api = new ClusterStore(
      {
        open: async (spec) => (await this.#openProxy()).open(spec),
        close: async (service) => this.#proxy?.close(service),
      },
      options.headers,
    );
  }

  facts(): EnvironmentFacts {
    return hostFacts(this.name);
  }

  preflight(): Promise<readonly Problem[]> {
    const { ports = [], portOffset } = this.#options;
    return checkHost({ ports, ...(portOffset !== undefined && { portOffset }) });
  }

  async createNamespaces(names: readonly string[]): Promise<void> {
    this.api.addNamespaces(names);
  }

  async startPods(
    specs: readonly (PodSpec & { readonly ip?: string })[],
    mesh: InstalledMesh,
  ): Promise<readonly RunningPod[]> {
    const ground = await this.#openGround();
    await ground.ports.reserve(specs.flatMap(({ ports }) => ports.map(portKey)));
    const started: LocalPod[] = [];
    const start = async (spec: PodSpec & { readonly ip?: string }): Promise<LocalPod> => {
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
    const local = this.#pods.get(key);
    if (local === undefined) {
      throw new HarnessError({ code: 'E_POD_UNKNOWN', message: `no pod ${key} runs here`, hint: 'start it first' });
    }
    this.#pods.delete(key);
    this.api.removePod(local.pod);
    await local.stop();
    this.#names.delete(key);
    (await this.#ground)?.block.pods.release(local.pod.ip);
  }

  /**
   * The pod's address and the cluster address. A headless service has no cluster address: its name stands for the pods'.
   * There are no node ports here.
   */
  ways(address: ServiceAddress): readonly Way[] {
    const service = this.#findService(address);
    const pod = this.#firstPodAddress(service, address);
    const podWays: Way[] = pod === undefined ? [] : [{ way: 'pod-ip', ...pod }];
    if (service.clusterIP !== undefined) return [...podWays, { way: 'cluster-ip', ...this.address(address) }];
    return pod === undefined ? [] : [...podWays, { way: 'headless', ...pod }];
  }

  address(address: ServiceAddress): { readonly host: string; readonly port: number } {
    const service = this.#findService(address);
    const port = findServicePort(service, address);
    if (service.clusterIP !== undefined) {
      return { host: service.clusterIP, port: service.physicalPorts.get(portKey(port)) ?? port.port };
    }
    const pod = this.#firstPodAddress(service, address);
    if (pod !== undefined) return pod;
    throw new HarnessError({
      code: 'E_SERVICE_EMPTY',
      message: `headless service ${service.namespace}/${service.name} has no ready pod, so it has no address`,
      hint: 'start a pod that its selector matches',
    });
  }

  capture({ ip, dir, physicalPorts }: Pod, port: number): Promise<WireCapture> {
    const place = { ip, port: physicalPorts.get(portKey({ port, protocol: 'tcp' })) ?? port };
    const name = `wire-${++this.#captureCount}`;
    return captureLoopback(place, { dir, name, env: baseEnvironment(this.#options.runId) });
  }

  onPodFailure(listener: (failure: PodFailure) => void): Disposable {
    this.#failureListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#failureListeners.delete(listener) };
  }

  /** Stops every pod, closes every address, and removes what is on disk (the run's folder only unless it is to be kept). */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(closedError());
    await Promise.allSettled(this.#starting);
    const stops = [...this.#pods.values()].map(({ pod }) => this.stopPod(pod.namespace, pod.name));
    const stopped = await Promise.allSettled(stops);
    await this.#proxy?.closeAll();
    const ground = await this.#ground?.catch(() => undefined);
    await ground?.close({ keepDir: this.#options.keep });
    const failure = stopped.find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  async #startPod(ground: Ground, spec: PodSpec & { readonly ip?: string }, mesh: InstalledMesh): Promise<LocalPod> {
    const key = `${spec.namespace}/${spec.name}`;
    if (this.#names.has(key)) {
      throw new HarnessError({ code: 'E_POD_EXISTS', message: `pod ${key} runs already`, hint: 'stop it first' });
    }
    const { ip: wantedIp, ...rest } = spec;
    const ip = ground.block.pods.take(wantedIp);
    this.#names.add(key);
    try {
      const physicalPorts = await ground.ports.reserve(spec.ports.map(portKey));
      const pod: Pod = { ...rest, ip, dir: await this.#makePodDir(ground, spec.name), physicalPorts };
      const plan = defaultPlan(pod);
      const decorated = pod.meshed ? await mesh.decorate(plan) : plan;
      const local = await LocalPod.start(decorated, {
        runId: this.#options.runId,
        signal: this.#closing.signal,
        onFailure: (failure) => this.#reportFailure(pod, failure),
      });
      this.#pods.set(key, local);
      this.api.addPod(pod);
      this.#options.log(`pod ${key} is ready on ${ip} (${pod.dir})`);
      return local;
    } catch (error) {
      this.#names.delete(key);
      ground.block.pods.release(ip);
      throw error;
    }
  }

  /** Short, because Unix socket paths in it must stay below 108 bytes; the number keeps namesakes apart. */
  async #makePodDir(ground: Ground, name: string): Promise<string> {
    const dir = join(ground.runDir, `${++this.#podCount}-${name.slice(0, 16)}`);
    await mkdir(dir, { mode: 0o700 });
    return dir;
  }

  /** A pod that lost a program is not ready any more: it leaves the API; its other programs run until it is stopped. */
  #reportFailure(pod: Pod, failure: PodFailure): void {
    this.api.removePod(pod);
    for (const listener of [...this.#failureListeners]) listener(failure);
  }

  #findService({ namespace, name }: ServiceAddress): Service {
    const service = this.api
      .services()
      .find((candidate) => candidate.namespace === namespace && candidate.name === name);
    if (service !== undefined) return service;
    throw new HarnessError({
      code: 'E_SERVICE_UNKNOWN',
      message: `there is no service ${namespace}/${name}`,
      hint: 'apply it first',
    });
  }

  #firstPodAddress(service: Service, address: ServiceAddress): { host: string; port: number } | undefined {
    const servicePort = findServicePort(service, address);
    const pod = [...selectPods(this.api.pods(), service)].sort((a, b) => a.name.localeCompare(b.name))[0];
    return pod && this.#proxy?.podAddress(pod, servicePort);
  }

  #openGround(): Promise<Ground> {
    this.#closing.signal.throwIfAborted();
    this.#ground ??= openGround(this.#options);
    return this.#ground;
  }

  async #openProxy(): Promise<ServiceProxy> {
    const { block, ports } = await this.#openGround();
    this.#proxy ??= new ServiceProxy({
      addresses: block.services,
      ports,
      pods: () => this.api.pods(),
      random: createSeededRandom(this.#options.seed),
    });
    return this.#proxy;
  }
}

function closedError(): HarnessError {
  return new HarnessError({
    code: 'E_ENVIRONMENT_CLOSED',
    message: 'the local environment is closed',
    hint: 'the run is ending: start another one',
  });
}
