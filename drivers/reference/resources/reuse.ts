/** Remembers what was built from the same input, so that most of a compilation is finding that nothing changed. */
import type { Proxy } from './proxy.js';

/** Two generations: what a compilation did not ask for is forgotten after the next one. */
export class Reuse {
  #current = new Map<string, object>();
  #previous = new Map<string, object>();

  begin(): this {
    this.#previous = this.#current;
    this.#current = new Map();
    return this;
  }

  /** The same object for the same key; `key` must name everything that `build` uses. */
  once<T extends object>(key: string, build: () => T): T {
    const known = (this.#current.get(key) ?? this.#previous.get(key)) as T | undefined;
    const value = known ?? build();
    this.#current.set(key, value);
    return value;
  }
}

/** One memory per proxy: keys need not name the pod, its addresses or its sockets, which never change. */
export class ProxyMemories {
  /** For what proxies have in common. */
  readonly shared = new Reuse();
  readonly #memories = new WeakMap<Proxy, Reuse>();

  /** Begins a compilation of one proxy. */
  begin(proxy: Proxy): Reuse {
    const memory = this.#memories.get(proxy) ?? new Reuse();
    this.#memories.set(proxy, memory);
    return memory.begin();
  }
}
