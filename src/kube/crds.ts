/** A definition counts as applied once its kinds can be used: accepted names, in discovery, and with their storage ready. */
import type { KubeObject } from '../smi/model.js';
import type { Discovery } from './discovery.js';
import type { ObjectStore } from './objects.js';
import { isNotFound } from './errors.js';
import type { KindRef } from './kube.js';
import { waitUntil } from './wait.js';

const SERVED_DEADLINE_MS = 60_000;

interface Definition {
  readonly group: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly name: string; readonly served: boolean }[];
}

export function isDefinition(object: KubeObject): boolean {
  return object.kind === 'CustomResourceDefinition' && object.apiVersion.startsWith('apiextensions.k8s.io/');
}

/** @throws HarnessError E_KUBE_WAIT */
export async function waitUntilServed(
  definition: KubeObject,
  discovery: Discovery,
  objects: ObjectStore,
): Promise<void> {
  const { group, names, versions } = definition['spec'] as unknown as Definition;
  const kinds = versions
    .filter(({ served }) => served)
    .map(({ name }) => ({ apiVersion: `${group}/${name}`, kind: names.kind }));
  const ref = {
    apiVersion: definition.apiVersion,
    kind: definition.kind,
    namespace: '',
    name: definition.metadata.name,
  };
  for (const kind of kinds) {
    // The definition may have changed scope or plural.
    discovery.forget(kind);
    let served = false;
    await waitUntil(
      async () => {
        served = (await discovery.find(kind)) !== undefined && (await canList(objects, kind));
        return await objects.get(ref);
      },
      () => served,
      { deadlineMs: SERVED_DEADLINE_MS, what: `${kind.kind} in ${kind.apiVersion} to be served` },
    );
  }
}

/** The storage of a new kind answers 429 for a while (a passing failure to the wait), its path possibly 404. */
async function canList(objects: ObjectStore, kind: KindRef): Promise<boolean> {
  try {
    await objects.list(kind);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
