/** The cluster as its API server tells it: SMI objects, services and meshed pods of the namespaces that the mesh serves. */
import { isDeepStrictEqual } from 'node:util';
import type { ClusterChange } from '../../../src/environments/environment.js';
import type { Kube, KindRef, KubeChange } from '../../../src/kube/kube.js';
import type { Pod, Service } from '../../../src/mesh/driver.js';
import type { KubeObject, SmiGroup } from '../../../src/smi/model.js';
import { apiVersionOf, kindsOf, RELEASED_VERSIONS } from '../../../src/smi/versions.js';
import type { ClusterView } from '../control-plane.js';
import { MESH_LABEL } from './control-protocol.js';
import { proxyIdOf, toPod, toService } from './from-kubernetes.js';

const GROUPS = ['access', 'specs', 'split'] as const satisfies readonly SmiGroup[];

/** What is needed of an API server. */
export type WatchableKube = Pick<Kube, 'watch' | 'servedVersions'>;

/** What is read of one kind, and how it is told on. */
interface Shelf {
  readonly seen: Map<string, ClusterChange & { readonly action: 'applied' }>;
  readonly read: (object: KubeObject) => (ClusterChange & { readonly action: 'applied' }) | undefined;
}

export class WatchedCluster implements ClusterView, AsyncDisposable {
  readonly #listeners = new Set<(change: ClusterChange) => void>();
  readonly #goneListeners = new Set<(proxyId: string) => void>();
  readonly #served = new Set<string>();
  readonly #smi = shelf((told) => {
    const object = inOwnVersion(told);
    return object === undefined ? undefined : { type: 'object', action: 'applied', object };
  });
  readonly #services = shelf((object) => ({ type: 'service', action: 'applied', service: toService(object) }));
  readonly #pods = shelf((object) => {
    const pod = toPod(object);
    return pod === undefined ? undefined : { type: 'pod', action: 'applied', pod };
  });
  readonly #watches: AsyncDisposable[] = [];

  /** Resolves once everything that is there has been read. */
  static async open(kube: WatchableKube): Promise<WatchedCluster> {
    const cluster = new WatchedCluster();
    try {
      await cluster.#watchAll(kube);
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  private constructor() {}

  objects(): readonly KubeObject[] {
    const objects = this.#visible(this.#smi).flatMap((change) => (change.type === 'object' ? [change.object] : []));
    // A list comes in the order of names, and of two splits of one root the older one counts.
    return objects.sort((a, b) => createdAt(a).localeCompare(createdAt(b)));
  }

  pods(): readonly Pod[] {
    return this.#visible(this.#pods).flatMap((change) => (change.type === 'pod' ? [change.pod] : []));
  }

  services(): readonly Service[] {
    return this.#visible(this.#services).flatMap((change) => (change.type === 'service' ? [change.service] : []));
  }

  watch(listener: (change: ClusterChange) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Told the id of the proxy of every pod that is deleted, whether or not it ever ran. */
  onProxyGone(listener: (proxyId: string) => void): Disposable {
    this.#goneListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#goneListeners.delete(listener) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#watches.splice(0).map((watch) => watch[Symbol.asyncDispose]()));
  }

  async #watchAll(kube: WatchableKube): Promise<void> {
    await this.#watchKind(kube, { apiVersion: 'v1', kind: 'Namespace' }, (change) => this.#hearNamespace(change));
    await this.#watchKind(kube, { apiVersion: 'v1', kind: 'Service' }, (change) => this.#hear(this.#services, change));
    await this.#watchKind(kube, { apiVersion: 'v1', kind: 'Pod' }, (change) => {
      this.#hear(this.#pods, change);
      const gone = change.type === 'deleted' ? proxyIdOf(change.object) : undefined;
      if (gone !== undefined) for (const listener of this.#goneListeners) listener(gone);
    });
    for (const kind of await servedKinds(kube)) {
      await this.#watchKind(kube, kind, (change) => {
        // In any other version it is not the object but what is left of it.
        if (change.type === 'deleted' || inOwnVersion(change.object) !== undefined) this.#hear(this.#smi, change);
      });
    }
  }

  async #watchKind(kube: WatchableKube, kind: KindRef, listener: (change: KubeChange) => void): Promise<void> {
    this.#watches.push(await kube.watch(kind, {}, listener));
  }

  /** What is already in a namespace is told when the mesh takes it in, and taken back when it is let go. */
  #hearNamespace({ type, object }: KubeChange): void {
    const { name, labels } = object.metadata;
    const isServed = type === 'applied' && typeof labels === 'object' && labels !== null && MESH_LABEL in labels;
    if (isServed === this.#served.has(name)) return;
    if (isServed) this.#served.add(name);
    else this.#served.delete(name);
    for (const { seen } of [this.#services, this.#pods, this.#smi]) {
      for (const change of seen.values()) {
        if (namespaceOf(change) === name) this.#tell(isServed ? change : asDeleted(change));
      }
    }
  }

  #hear({ seen, read }: Shelf, { type, object }: KubeChange): void {
    const key = `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const before = seen.get(key);
    // Every version of a kind is watched by itself: one that lags tells the end of an object when another has told of its successor.
    if (type === 'deleted' && before !== undefined && isSuccessor(before, object)) return;
    const after = type === 'applied' ? read(object) : undefined;
    if (after === undefined) {
      seen.delete(key);
      if (before !== undefined && this.#isVisible(before)) this.#tell(asDeleted(before));
      return;
    }
    if (isDeepStrictEqual(before, after)) return;
    seen.set(key, after);
    if (this.#isVisible(after)) this.#tell(after);
  }

  #visible({ seen }: Shelf): ClusterChange[] {
    return [...seen.values()].filter((change) => this.#isVisible(change));
  }

  #isVisible(change: ClusterChange): boolean {
    return this.#served.has(namespaceOf(change));
  }

  #tell(change: ClusterChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}

function shelf(read: Shelf['read']): Shelf {
  return { seen: new Map(), read };
}

function asDeleted(change: ClusterChange): ClusterChange {
  return { ...change, action: 'deleted' };
}

function namespaceOf(change: ClusterChange): string {
  if (change.type === 'pod') return change.pod.namespace;
  if (change.type === 'service') return change.service.namespace;
  return change.object.metadata.namespace ?? 'default';
}

/** Whether `later` is another object by the same name. */
function isSuccessor(later: ClusterChange, { metadata }: KubeObject): boolean {
  return later.type === 'object' && later.object.metadata['uid'] !== metadata['uid'];
}

function createdAt({ metadata }: KubeObject): string {
  return typeof metadata['creationTimestamp'] === 'string' ? metadata['creationTimestamp'] : '';
}

/**
 * Each kind in every served version: the versions of SMI differ in shape and nothing converts them, so an API server that is
 * asked for another version than an object was written in leaves out what that version does not know.
 */
async function servedKinds(kube: WatchableKube): Promise<readonly KindRef[]> {
  const perGroup = await Promise.all(
    GROUPS.map(async (group): Promise<KindRef[]> => {
      const served = await kube.servedVersions(`${group}.smi-spec.io`);
      const versions = RELEASED_VERSIONS[group].filter((version) => served.includes(version));
      return versions.flatMap((version) =>
        kindsOf(group, version).map((kind) => ({ apiVersion: apiVersionOf(group, version), kind })),
      );
    }),
  );
  return perGroup.flat();
}

/** The object, if it was told in the version it was written in; who wrote it last says which that was. */
function inOwnVersion({ metadata: { managedFields, ...metadata }, ...object }: KubeObject): KubeObject | undefined {
  const entries = Array.isArray(managedFields) ? managedFields.filter(isEntry) : [];
  const written = entries
    .filter(({ subresource }) => subresource === undefined)
    .sort((a, b) => a.time.localeCompare(b.time));
  const apiVersion = written.at(-1)?.apiVersion;
  return apiVersion === undefined || apiVersion === object.apiVersion ? { ...object, metadata } : undefined;
}

interface ManagedFieldsEntry {
  readonly apiVersion: string;
  readonly time: string;
  readonly subresource?: string;
}

function isEntry(value: unknown): value is ManagedFieldsEntry {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Partial<Record<keyof ManagedFieldsEntry, unknown>>;
  return typeof entry.apiVersion === 'string' && typeof entry.time === 'string';
}
