/** What the control plane knows of SMI objects, oldest first. An object that cannot be read counts as absent. */
import { fromManifest } from '../../src/smi/from-manifest.js';
import { GROUP_OF, type KubeObject, type SmiKind, type SmiObject } from '../../src/smi/model.js';
import { objectKey, type FaultHooks } from './faults/fault.js';

export class ObjectStore {
  readonly #objects = new Map<string, SmiObject>();
  readonly #unreadable = new Map<string, string>();
  readonly #hears: Required<FaultHooks>['hears'];

  constructor(hears: Required<FaultHooks>['hears']) {
    this.#hears = hears;
  }

  /** A map keeps the place of a key that is set again, so an updated object keeps its age. */
  apply(manifest: KubeObject): void {
    if (!isSmi(manifest)) return;
    const label = labelOf(manifest);
    try {
      const object = fromManifest(manifest);
      this.#unreadable.delete(label);
      if (this.#hears({ action: 'applied', object })) this.#objects.set(objectKey(object), object);
    } catch (error) {
      this.#unreadable.set(label, error instanceof Error ? error.message : String(error));
      this.#remove(label);
    }
  }

  delete(manifest: KubeObject): void {
    if (!isSmi(manifest)) return;
    this.#unreadable.delete(labelOf(manifest));
    this.#remove(labelOf(manifest));
  }

  /** Oldest first. */
  objects(): readonly SmiObject[] {
    return [...this.#objects.values()];
  }

  problems(): readonly string[] {
    return [...this.#unreadable.values()];
  }

  #remove(key: string): void {
    const object = this.#objects.get(key);
    if (object !== undefined && this.#hears({ action: 'deleted', object })) this.#objects.delete(key);
  }
}

function isSmi({ apiVersion, kind }: KubeObject): boolean {
  const group = GROUP_OF[kind as SmiKind];
  return group !== undefined && apiVersion.startsWith(`${group}.smi-spec.io/`);
}

/** The same text as `objectKey`, from a manifest. */
function labelOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.namespace ?? 'default'}/${metadata.name}`;
}
