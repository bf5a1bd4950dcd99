import { HarnessError } from '../../errors/harness-error.js';
import type { Cluster } from '../../kube/cluster.js';
import { KubeError } from '../../kube/kube.js';
import type { Pod, Service, ServiceSpec } from '../../mesh/driver.js';
import type { KubeObject, ObjectRef } from '../../smi/model.js';
import type { ApplyOutcome, ClusterApi, ClusterChange } from '../environment.js';
import { apiError, refusalCause, wordsOf } from './refusals.js';
import { retryPassing } from './retry.js';
import { readService, serviceManifest } from './service-manifest.js';

const CALL_DEADLINE_MS = 30_000;
const GROUPS = ['access', 'specs', 'split', 'metrics'];

export interface KubeClusterApiOptions {
  readonly cluster: Cluster;
  /** Ends waits between two attempts. */
  readonly signal: AbortSignal;
  /** Resolves when the service stands for exactly the pods that its selector names. */
  readonly awaitEndpoints: (service: Service) => Promise<void>;
}

/** The API of a real cluster; what this run has put there can be read without asking it. */
export class KubeClusterApi implements ClusterApi {
  readonly #options: KubeClusterApiOptions;
  readonly #objects = new Map<string, KubeObject>();
  readonly #pods = new Map<string, Pod>();
  readonly #services = new Map<string, Service>();
  readonly #listeners = new Set<(change: ClusterChange) => void>();
  #served = new Map<string, readonly string[]>();

  constructor(options: KubeClusterApiOptions) {
    this.#options = options;
  }

  served(group: string): readonly string[] {
    return this.#served.get(group) ?? [];
  }

  /** Reads which versions of the SMI groups the cluster serves now. */
  async discover(): Promise<void> {
    const { kube } = this.#options.cluster;
    const served = await Promise.all(
      GROUPS.map(async (group) => {
        const versions = await this.#call(`list the versions of ${group}.smi-spec.io`, () =>
          kube.servedVersions(`${group}.smi-spec.io`),
        );
        return [group, newestFirst(versions)] as const;
      }),
    );
    this.#served = new Map(served);
  }

  apply(sent: KubeObject): Promise<ApplyOutcome> {
    return this.#send(sent, (object) => this.#options.cluster.kube.apply(object));
  }

  create(sent: KubeObject): Promise<ApplyOutcome> {
    return this.#send(sent, (object) => this.#options.cluster.kube.create(object));
  }

  async #send(sent: KubeObject, send: (object: KubeObject) => Promise<KubeObject>): Promise<ApplyOutcome> {
    const labels = { ...(sent.metadata['labels'] as object | undefined), ...this.#options.cluster.labels };
    const labelled: KubeObject = { ...sent, metadata: { ...sent.metadata, labels } };
    try {
      const object = await this.#retry(() => send(labelled));
      const at = now();
      const previous = this.#objects.get(keyOf(object));
      this.#objects.set(keyOf(object), object);
      // An apply that changes nothing is no event in the cluster either.
      if (previous === undefined || revisionOf(previous) !== revisionOf(object))
        this.#notify({ type: 'object', action: 'applied', object });
      return { accepted: true, object, at };
    } catch (error) {
      const at = now();
      const cause = error instanceof KubeError ? refusalCause(error) : undefined;
      if (!(error instanceof KubeError) || cause === undefined) throw apiError(`apply ${describe(sent)}`, error);
      return { accepted: false, code: error.status, cause, message: wordsOf(error), at };
    }
  }

  async delete(ref: ObjectRef): Promise<boolean> {
    const key = keyOf({ ...ref, metadata: ref });
    const existed = await this.#call(`delete ${ref.kind} ${ref.namespace}/${ref.name}`, () =>
      this.#options.cluster.kube.delete(ref, { waitMs: CALL_DEADLINE_MS }),
    );
    const object = this.#objects.get(key);
    this.#objects.delete(key);
    if (object !== undefined) this.#notify({ type: 'object', action: 'deleted', object });
    return existed;
  }

  objects(): readonly KubeObject[] {
    return [...this.#objects.values()];
  }

  pods(): readonly Pod[] {
    return [...this.#pods.values()];
  }

  services(): readonly Service[] {
    return [...this.#services.values()];
  }

  async applyService(spec: ServiceSpec): Promise<Service> {
    const { namespace, name, headless = false } = spec;
    const known = this.#services.get(`${namespace}/${name}`);
    // The cluster address of a service cannot be taken away or given later.
    if (known !== undefined && headless !== (known.clusterIP === undefined)) await this.deleteService(namespace, name);
    const manifest = serviceManifest(spec, this.#options.cluster.labels);
    const object = await this.#call(`apply service ${namespace}/${name}`, () =>
      this.#options.cluster.kube.apply(manifest),
    );
    const service = readService(spec, object);
    this.#services.set(`${namespace}/${name}`, service);
    await this.#options.awaitEndpoints(service);
    this.#notify({ type: 'service', action: 'applied', service });
    return service;
  }

  async deleteService(namespace: string, name: string): Promise<boolean> {
    const ref = { apiVersion: 'v1', kind: 'Service', namespace, name };
    const service = this.#services.get(`${namespace}/${name}`);
    const existed = await this.#call(`delete service ${namespace}/${name}`, () =>
      this.#options.cluster.kube.delete(ref, { waitMs: CALL_DEADLINE_MS }),
    );
    this.#services.delete(`${namespace}/${name}`);
    if (service !== undefined) this.#notify({ type: 'service', action: 'deleted', service });
    return existed;
  }

  watch(listener: (change: ClusterChange) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  addAdmission(): Disposable {
    throw new HarnessError({
      code: 'E_ADMISSION',
      message: 'a cluster takes no admission hook from the harness process',
      hint: 'the mesh must bring a validating webhook of its own that the API server can reach',
    });
  }

  /** A pod is in the API from the moment it is ready. */
  addPod(pod: Pod): void {
    this.#pods.set(`${pod.namespace}/${pod.name}`, pod);
    this.#notify({ type: 'pod', action: 'applied', pod });
  }

  removePod(pod: Pod): void {
    if (this.#pods.get(`${pod.namespace}/${pod.name}`) !== pod) return;
    this.#pods.delete(`${pod.namespace}/${pod.name}`);
    this.#notify({ type: 'pod', action: 'deleted', pod });
  }

  /** One call whose every failure is trouble with the API. */
  async #call<Result>(what: string, call: () => Promise<Result>): Promise<Result> {
    try {
      return await this.#retry(call);
    } catch (error) {
      throw apiError(what, error);
    }
  }

  #retry<Result>(call: () => Promise<Result>): Promise<Result> {
    return retryPassing(call, { deadlineMs: CALL_DEADLINE_MS, signal: this.#options.signal });
  }

  #notify(change: ClusterChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}

/** `v1` before `v1beta2` before `v1beta1` before `v1alpha4`. */
export function newestFirst(versions: readonly string[]): readonly string[] {
  const parts = (version: string): readonly number[] => {
    const [, major = '0', stage, minor = '0'] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
    return [stage === undefined ? 2 : stage === 'beta' ? 1 : 0, Number(major), Number(minor)];
  };
  return versions.toSorted((a, b) => {
    const [left, right] = [parts(a), parts(b)];
    const index = left.findIndex((part, at) => part !== right[at]);
    return (right[index] ?? 0) - (left[index] ?? 0);
  });
}

function describe({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}

function revisionOf(object: KubeObject): unknown {
  return object.metadata['resourceVersion'];
}

/** One object has one key, whatever version it is written in. */
function keyOf(
  object: Pick<KubeObject, 'apiVersion' | 'kind'> & { metadata: { name: string; namespace?: string } },
): string {
  const group = object.apiVersion.includes('/') ? object.apiVersion.split('/')[0] : '';
  return [group, object.kind, object.metadata.namespace ?? '', object.metadata.name].join('|');
}

/** Milliseconds since the epoch with a fraction, as agents write them. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
