/** Brings configurations to proxies: at once and whole, unless a fault has its own way with them. */
import { setMaxListeners } from 'node:events';
import type { ActiveFaults } from './faults/index.js';
import { proxyRef } from './mutate-resources.js';
import type { Proxy } from './resources/proxy.js';
import type { AdsServer } from './xds/ads-server.js';
import type { Snapshot } from './xds/resource.js';

export class Deliveries {
  readonly #ads: Pick<AdsServer, 'setSnapshot'>;
  readonly #served = new WeakMap<Proxy, { readonly snapshot: Snapshot; readonly generation: number }>();
  readonly #gone = new WeakSet<Proxy>();
  #delivers: ActiveFaults['delivers'];
  #life = newLife();

  constructor(ads: Pick<AdsServer, 'setSnapshot'>, delivers: ActiveFaults['delivers']) {
    this.#ads = ads;
    this.#delivers = delivers;
  }

  /** Whatever is under way by the old way never arrives. */
  goBy(delivers: ActiveFaults['delivers']): void {
    this.#life.abort();
    this.#life = newLife();
    this.#delivers = delivers;
  }

  /**
   * A proxy that has nothing yet is told at once: otherwise it could not even start.
   * @param proxies ids of all, in alphabetical order
   */
  send(proxy: Proxy, after: Snapshot, proxies: () => readonly string[]): void {
    const before = this.served(proxy);
    const { signal } = this.#life;
    const serve = (snapshot: Snapshot): void => {
      if (signal.aborted || this.#gone.has(proxy) || this.served(proxy) === snapshot) return;
      this.#served.set(proxy, { snapshot, generation: this.#ads.setSnapshot(proxy.id, snapshot) });
    };
    if (this.#delivers === undefined || before === undefined) serve(after);
    else this.#delivers({ proxy: proxyRef(proxy), proxies: proxies(), before, after, serve, signal });
  }

  /** Nothing reaches it any more. */
  forget(proxy: Proxy): void {
    this.#gone.add(proxy);
  }

  served(proxy: Proxy): Snapshot | undefined {
    return this.#served.get(proxy)?.snapshot;
  }

  /** Of what it was served last. */
  generation(proxy: Proxy): number {
    return this.#served.get(proxy)?.generation ?? 0;
  }
}

/** Every delivery that takes its time listens, and all of them at once are no leak. */
function newLife(): AbortController {
  const life = new AbortController();
  setMaxListeners(0, life.signal);
  return life;
}
