/** The watches of an API server, over objects in memory: what a test puts here, every watcher of its kind hears. */
import type { WatchableKube } from '../../../../../drivers/reference/in-cluster/watched-cluster.js';
import { MESH_LABEL, PROXY_ANNOTATION } from '../../../../../drivers/reference/in-cluster/control-protocol.js';
import type { KubeChange } from '../../../../../src/kube/kube.js';
import type { Json, KubeObject } from '../../../../../src/smi/model.js';

const SERVED: Readonly<Record<string, readonly string[]>> = {
  'access.smi-spec.io': ['v1alpha3', 'v1alpha2', 'v1alpha1'],
  'specs.smi-spec.io': ['v1alpha4', 'v1alpha3', 'v1alpha2', 'v1alpha1'],
  'split.smi-spec.io': ['v1alpha4', 'v1alpha3', 'v1alpha2', 'v1alpha1'],
};

export class MemoryKube implements WatchableKube {
  readonly #objects = new Map<string, KubeObject>();
  readonly #watchers = new Set<{
    readonly kind: string;
    readonly apiVersion: string;
    readonly hear: (change: KubeChange) => void;
  }>();
  readonly #held = new Map<string, (() => void)[]>();
  #clock = 0;

  get watcherCount(): number {
    return this.#watchers.size;
  }

  async servedVersions(group: string): Promise<readonly string[]> {
    return SERVED[group] ?? [];
  }

  /** As an API server does: a list in the order of names, everything in the version asked for, then changes. */
  async watch(
    { apiVersion, kind }: { apiVersion: string; kind: string },
    _scope: object,
    hear: (change: KubeChange) => void,
  ): Promise<AsyncDisposable> {
    const there = [...this.#objects.values()].filter((object) => object.kind === kind);
    there.sort((a, b) => a.metadata.name.localeCompare(b.metadata.name));
    for (const object of there) hear({ type: 'applied', object: inVersion(object, apiVersion) });
    const watcher = { kind, apiVersion, hear };
    this.#watchers.add(watcher);
    return { [Symbol.asyncDispose]: async () => void this.#watchers.delete(watcher) };
  }

  put(object: KubeObject): void {
    const key = keyOf(object);
    this.#clock += 1;
    const time = new Date(this.#clock * 1_000).toISOString();
    const before = this.#objects.get(key)?.metadata;
    const creationTimestamp = before?.['creationTimestamp'] ?? time;
    const uid = before?.['uid'] ?? String(this.#clock);
    const managedFields: Json = [{ manager: 'test', operation: 'Apply', apiVersion: object.apiVersion, time }];
    const stored = { ...object, metadata: { ...object.metadata, creationTimestamp, uid, managedFields } };
    this.#objects.set(key, stored);
    this.#tell('applied', stored);
  }

  remove(object: KubeObject): void {
    const stored = this.#objects.get(keyOf(object));
    if (stored === undefined) return;
    this.#objects.delete(keyOf(object));
    this.#tell('deleted', stored);
  }

  /** What watchers of this version would hear waits, and comes late and in order when `deliver` is called. */
  holdBack(apiVersion: string): { deliver(): void } {
    const held: (() => void)[] = [];
    this.#held.set(apiVersion, held);
    return {
      deliver: () => {
        this.#held.delete(apiVersion);
        for (const tell of held) tell();
      },
    };
  }

  #tell(type: KubeChange['type'], object: KubeObject): void {
    for (const { kind, apiVersion, hear } of this.#watchers) {
      if (kind !== object.kind) continue;
      const tell = (): void => hear({ type, object: inVersion(object, apiVersion) });
      const held = this.#held.get(apiVersion);
      if (held === undefined) tell();
      else held.push(tell);
    }
  }
}

/** Without conversion an API server renames the version and leaves out what the other one's schema does not know. */
function inVersion(object: KubeObject, apiVersion: string): KubeObject {
  return object.apiVersion === apiVersion ? object : { apiVersion, kind: object.kind, metadata: object.metadata };
}

function keyOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}

export function kubeNamespace(
  name: string,
  labels: Readonly<Record<string, string>> = { [MESH_LABEL]: 'run' },
): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** A running pod with a proxy, unless `overrides` say otherwise. */
export function kubePod(
  name: string,
  overrides: {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly status?: Json;
    readonly deleted?: boolean;
  } = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'ns1',
      labels: { app: name },
      annotations: overrides.annotations ?? { [PROXY_ANNOTATION]: `ns1/${name}/1` },
      ...(overrides.deleted === true ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: {
      serviceAccountName: name,
      containers: [
        {
          name: 'agent',
          ports: [
            { name: 'http', containerPort: 8080 },
            { name: 'udp', containerPort: 8301, protocol: 'UDP' },
          ],
        },
        { name: 'envoy' },
      ],
    },
    status: overrides.status ?? { phase: 'Running', podIP: '10.1.0.7' },
  };
}

export function kubeService(name: string, clusterIP = '10.2.0.1'): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'ns1' },
    spec: {
      selector: { app: name },
      clusterIP,
      ports: [
        { name: 'http-8080', port: 80, targetPort: 8080, protocol: 'TCP', appProtocol: 'http' },
        { name: 'tcp-8300', port: 8300, targetPort: 8300, protocol: 'TCP', appProtocol: 'tcp' },
      ],
    },
  };
}
