/** Packs resources for the wire, and only those whose JSON was not packed before. */
import { packResource, type ResourceJson, type XdsResource, type XdsTypeUrl } from './xds/resource.js';

export class Packer {
  /** Resources that proxies share are the same object: not even their JSON is written twice. */
  readonly #byObject = new WeakMap<object, XdsResource>();
  #current = new Map<string, XdsResource>();
  #previous = new Map<string, XdsResource>();

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
}
