/** What the control plane knows of SMI objects, oldest first. An object that cannot be read counts as absent. */
import { decodeManifest, fromManifest } from '../../src/smi/from-manifest.js';
import { GROUP_OF, type KubeObject, type SmiKind, type SmiObject } from '../../src/smi/model.js';
import { lookUpType } from '../../src/smi/versions.js';
import { objectKey } from './faults/fault.js';
import type { ActiveFaults } from './faults/index.js';

export class ObjectStore {
  readonly #objects = new Map<string, SmiObject>();
  readonly #unreadable = new Map<string, string>();
  readonly #faults: Pick<ActiveFaults, 'hears' | 'salvages'>;

  constructor(faults: Pick<ActiveFaults, 'hears' | 'salvages'>, objects: readonly KubeObject[] = []) {
    this.#faults = faults;
    for (const object of objects) this.apply(object);
  }

  /** A map keeps the place of a key that is set again, so an updated object keeps its age. */
  apply(manifest: KubeObject): void {
    if (!isSmi(manifest)) return;
    const label = labelOf(manifest);
    try {
      const object = fromManifest(manifest);
      this.#unreadable.delete(label);
      this.#take(object);
    } catch (error) {
      this.#unreadable.set(label, error instanceof Error ? error.message : String(error));
      const salvaged = this.#faults.salvages(readAsFarAsPossible(manifest));
      if (salvaged === undefined) this.#remove(label);
      else this.#take(salvaged);
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

  #take(object: SmiObject): void {
    if (this.#faults.hears({ action: 'applied', object })) this.#objects.set(objectKey(object), object);
  }

  #remove(key: string): void {
    const object = this.#objects.get(key);
    if (object !== undefined && this.#faults.hears({ action: 'deleted', object })) this.#objects.delete(key);
  }
}

/** Of a kind and version that are known: others are never stored. */
function readAsFarAsPossible(manifest: KubeObject): SmiObject {
  const type = lookUpType(manifest.apiVersion, manifest.kind);
  if (type.status !== 'known') throw new Error(`${manifest.kind} of ${manifest.apiVersion} is nothing of SMI`);
  return decodeManifest(manifest, type.kind, type.version).object;
}

function isSmi({ apiVersion, kind }: KubeObject): boolean {
  const group = GROUP_OF[kind as SmiKind];
  return group !== undefined && apiVersion.startsWith(`${group}.smi-spec.io/`);
}

/** The same text as `objectKey`, from a manifest. */
function labelOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.namespace ?? 'default'}/${metadata.name}`;
}
