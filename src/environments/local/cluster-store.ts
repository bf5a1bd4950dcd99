import { isDeepStrictEqual } from 'node:util';
import { HarnessError } from '../../errors/harness-error.js';
import type { Pod, Service, ServiceSpec } from '../../mesh/driver.js';
import { pruneUnknown, servedVersions, validateAgainstCrd } from '../../smi/crds.js';
import type { HeadersShape, KubeObject, ObjectRef } from '../../smi/model.js';
import { type FieldProblem, formatPath } from '../../smi/problem.js';
import { lookUpType } from '../../smi/versions.js';
import type { Admission, ApplyOutcome, ClusterApi, ClusterChange } from '../environment.js';

/** What gives a service its addresses before the API shows it. */
export interface ServiceNetwork {
  open(spec: ServiceSpec): Promise<Service>;
  close(service: Service): Promise<void>;
}

type Refusal = Extract<ApplyOutcome, { accepted: false }>;

/** A Kubernetes API in memory: the same schemas, the same order of checks (version, pruning, schema, admission), a watch. */
export class ClusterStore implements ClusterApi {
  readonly #network: ServiceNetwork;
  readonly #headers: HeadersShape;
  readonly #namespaces = new Set(['default']);
  readonly #objects = new Map<string, KubeObject>();
  readonly #pods = new Map<string, Pod>();
  readonly #services = new Map<string, Service>();
  readonly #listeners = new Set<(change: ClusterChange) => void>();
  readonly #admissions = new Set<Admission>();
  #revision = 0;

  /** `headers`: the shape that the served schema of header filters has; a CRD can have only one. */
  constructor(network: ServiceNetwork, headers: HeadersShape = 'map') {
    this.#network = network;
    this.#headers = headers;
  }

  served(group: string): readonly string[] {
    return servedVersions(group).toReversed();
  }

  async apply(sent: KubeObject): Promise<ApplyOutcome> {
    if (lookUpType(sent.apiVersion, sent.kind).status !== 'known') {
      return refuse(404, 'version', `no matches for kind "${sent.kind}" in version "${sent.apiVersion}"`);
    }
    for (const admission of this.#admissions) {
      const answer = admission.overrides?.(inNamespace(sent));
      if (typeof answer === 'string') return refuse(422, 'schema', `${nameOf(sent)} is invalid: ${answer}`);
      if (answer !== undefined) return this.#store(answer);
    }
    const options = { headers: this.#headers };
    const pruned = pruneUnknown(inNamespace(sent), options).manifest;
    const problems = validateAgainstCrd(pruned, options);
    if (problems.length > 0) {
      return refuse(422, 'schema', `${nameOf(sent)} is invalid: ${problems.map(describe).join('; ')}`);
    }
    for (const admission of this.#admissions) {
      const reason = admission.refuses(pruned);
      if (reason !== undefined) return refuse(403, 'admission', `admission denied the request: ${reason}`);
    }
    return this.#store(pruned);
  }

  /** Which fields are unknown makes no difference here: they are always dropped. */
  create(sent: KubeObject): Promise<ApplyOutcome> {
    return this.apply(sent);
  }

  async delete(ref: ObjectRef): Promise<boolean> {
    const key = keyOf({ ...ref, metadata: ref });
    const object = this.#objects.get(key);
    if (object === undefined) return false;
    this.#objects.delete(key);
    this.#notify({ type: 'object', action: 'deleted', object });
    return true;
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
    this.#requireNamespace(spec.namespace);
    const service = await this.#network.open(spec);
    this.#services.set(`${spec.namespace}/${spec.name}`, service);
    this.#notify({ type: 'service', action: 'applied', service });
    return service;
  }

  async deleteService(namespace: string, name: string): Promise<boolean> {
    const key = `${namespace}/${name}`;
    const service = this.#services.get(key);
    if (service === undefined) return false;
    this.#services.delete(key);
    this.#notify({ type: 'service', action: 'deleted', service });
    await this.#network.close(service);
    return true;
  }

  watch(listener: (change: ClusterChange) => void): Disposable {
    return register(this.#listeners, listener);
  }

  addAdmission(admission: Admission): Disposable {
    return register(this.#admissions, admission);
  }

  addNamespaces(names: readonly string[]): void {
    for (const name of names) this.#namespaces.add(name);
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

  #store(admitted: KubeObject): ApplyOutcome {
    this.#requireNamespace(namespaceOf(admitted));
    const key = keyOf(admitted);
    const previous = this.#objects.get(key);
    if (previous !== undefined && isSame(previous, admitted)) return { accepted: true, object: previous, at: now() };
    const object = this.#withRevision(admitted, previous);
    this.#objects.set(key, object);
    const at = now();
    this.#notify({ type: 'object', action: 'applied', object });
    return { accepted: true, object, at };
  }

  /** Throws unless the namespace was created: a mistake of the harness, not an answer to judge. */
  #requireNamespace(namespace: string): void {
    if (this.#namespaces.has(namespace)) return;
    throw new HarnessError({
      code: 'E_NAMESPACE_UNKNOWN',
      message: `namespace ${namespace} does not exist`,
      hint: `create it first; there are ${[...this.#namespaces].join(', ')}`,
    });
  }

  #withRevision(object: KubeObject, previous: KubeObject | undefined): KubeObject {
    const metadata = {
      ...object.metadata,
      creationTimestamp: previous?.metadata['creationTimestamp'] ?? new Date().toISOString(),
      generation: Number(previous?.metadata['generation'] ?? 0) + 1,
      resourceVersion: String(++this.#revision),
    };
    return { ...object, metadata };
  }

  #notify(change: ClusterChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}

/** Whether applying `sent` would change nothing: a real API server then emits no event either. */
function isSame(stored: KubeObject, sent: KubeObject): boolean {
  const { creationTimestamp, generation, resourceVersion } = stored.metadata;
  const metadata = { ...sent.metadata, creationTimestamp, generation, resourceVersion };
  return isDeepStrictEqual(stored, { ...sent, metadata });
}

/** A private copy with its namespace spelt out. */
function inNamespace(object: KubeObject): KubeObject {
  const copy = structuredClone(object);
  return { ...copy, metadata: { ...copy.metadata, namespace: namespaceOf(copy) } };
}

function namespaceOf(object: KubeObject): string {
  return object.metadata.namespace ?? 'default';
}

/** One object has one key, whatever version it is written in. */
function keyOf(
  object: Pick<KubeObject, 'apiVersion' | 'kind'> & { metadata: { name: string; namespace?: string } },
): string {
  const group = object.apiVersion.split('/')[0];
  return [group, object.kind, object.metadata.namespace ?? 'default', object.metadata.name].join('/');
}

const nameOf = ({ kind, metadata }: KubeObject): string => `${kind} "${metadata.name}"`;

function describe(problem: FieldProblem): string {
  return `${formatPath(problem.path)}: ${problem.message}`;
}

function refuse(code: number, cause: Refusal['cause'], message: string): Refusal {
  return { accepted: false, code, cause, message, at: now() };
}

/** Milliseconds since the epoch with a fraction, as agents write them. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function register<Entry>(entries: Set<Entry>, entry: Entry): Disposable {
  entries.add(entry);
  return { [Symbol.dispose]: () => void entries.delete(entry) };
}
