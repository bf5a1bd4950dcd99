/** Packs resources for the wire, and only those whose JSON was not packed before. */
import { messageOf, mutate, mutationError, type MutateResources } from './mutate-resources.js';
import type { Proxy } from './resources/proxy.js';
import {
  packResource,
  TYPE,
  type ResourceJson,
  type Snapshot,
  type XdsResource,
  type XdsTypeUrl,
} from './xds/resource.js';

export class Packer {
  readonly #mutateResources: MutateResources | undefined;
  /** Resources that proxies share are the same object: not even their JSON is written twice. */
  readonly #byObject = new WeakMap<object, XdsResource>();
  #current = new Map<string, XdsResource>();
  #previous = new Map<string, XdsResource>();

  constructor(mutateResources?: MutateResources) {
    this.#mutateResources = mutateResources;
  }

  /** Begins a compilation; what two compilations in a row did not use is forgotten. */
  begin(): void {
    this.#previous = this.#current;
    this.#current = new Map();
  }

  /** Equal JSON gives the same object, so unchanged resources are recognised by identity. */
  pack<T extends XdsTypeUrl>(typeUrl: T, json: ResourceJson[T]): XdsResource {
    const shared = this.#byObject.get(json);
    if (shared !== undefined) return shared;
    const text = `${typeUrl} ${JSON.stringify(json)}`;
    const packed = this.#current.get(text) ?? this.#previous.get(text) ?? packResource(typeUrl, json);
    this.#current.set(text, packed);
    this.#byObject.set(json, packed);
    return packed;
  }

  /** All that a proxy is to have, as the hook leaves it. */
  packFor(proxy: Proxy, resources: { readonly [T in XdsTypeUrl]: readonly ResourceJson[T][] }): Snapshot {
    return new Map(Object.values(TYPE).map((typeUrl) => [typeUrl, this.#packAll(proxy, typeUrl, resources[typeUrl])]));
  }

  #packAll<T extends XdsTypeUrl>(
    proxy: Proxy,
    typeUrl: T,
    resources: readonly ResourceJson[T][],
  ): readonly XdsResource[] {
    if (this.#mutateResources === undefined) return resources.map((resource) => this.pack(typeUrl, resource));
    return mutate(this.#mutateResources, proxy, typeUrl, resources).map((resource) => {
      try {
        return this.pack(typeUrl, resource);
      } catch (error) {
        throw mutationError(proxy, typeUrl, `answered an invalid resource: ${messageOf(error)}`, error);
      }
    });
  }
}

/** Of two that were packed by the same packer. */
export function isSameSnapshot(before: Snapshot, after: Snapshot): boolean {
  return [...after.keys()].every((typeUrl) => isSameType(typeUrl, before, after));
}

export function isSameType(typeUrl: XdsTypeUrl, before: Snapshot | undefined, after: Snapshot): boolean {
  const [old, resources = []] = [before?.get(typeUrl), after.get(typeUrl)];
  return old?.length === resources.length && resources.every((resource, index) => resource === old[index]);
}
