/** A connection to the admin interface of each proxy of a cluster, kept for as long as its pod is asked for. */
import type { Kube } from '../../src/kube/kube.js';
import { keyOf, type Named } from '../../src/metrics/traffic.js';
import { AdminPages } from './admin.js';

export class AdminConnections implements Disposable {
  readonly #kube: Pick<Kube, 'connect'>;
  readonly #port: number;
  readonly #pages = new Map<string, AdminPages>();

  constructor(kube: Pick<Kube, 'connect'>, port: number) {
    this.#kube = kube;
    this.#port = port;
  }

  /** Forgets the pods that are not among these. */
  keep(pods: readonly Named[]): void {
    const there = new Set(pods.map(keyOf));
    for (const [key, pages] of this.#pages) {
      if (there.has(key)) continue;
      pages[Symbol.dispose]();
      this.#pages.delete(key);
    }
  }

  /** Asks for pages of one proxy. */
  to({ namespace, name }: Named): (page: string) => Promise<string> {
    const key = keyOf({ namespace, name });
    const pages =
      this.#pages.get(key) ?? new AdminPages(() => this.#kube.connect({ namespace, pod: name }, this.#port));
    this.#pages.set(key, pages);
    return (page) => pages.get(page);
  }

  [Symbol.dispose](): void {
    this.keep([]);
  }
}
