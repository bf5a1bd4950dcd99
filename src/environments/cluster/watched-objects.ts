import type { Kube, KindRef, KubeChange } from '../../kube/kube.js';
import type { KubeObject } from '../../smi/model.js';

export interface WaitOptions {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** A copy of all objects of one kind in some namespaces, kept up to date by watches. */
export class WatchedObjects implements AsyncDisposable {
  readonly #kube: Kube;
  readonly #kind: KindRef;
  readonly #objects = new Map<string, KubeObject>();
  readonly #watches = new Map<string, Promise<AsyncDisposable>>();
  readonly #listeners = new Set<(change: KubeChange) => void>();

  constructor(kube: Kube, kind: KindRef) {
    this.#kube = kube;
    this.#kind = kind;
  }

  /** Resolves when everything in the namespace is known. */
  async open(namespace: string): Promise<void> {
    let watch = this.#watches.get(namespace);
    if (watch === undefined) {
      watch = this.#kube.watch(this.#kind, { namespace }, (change) => this.#observe(change));
      this.#watches.set(namespace, watch);
    }
    try {
      await watch;
    } catch (error) {
      this.#watches.delete(namespace);
      throw error;
    }
  }

  get(namespace: string, name: string): KubeObject | undefined {
    return this.#objects.get(`${namespace}/${name}`);
  }

  list(namespace: string): readonly KubeObject[] {
    return [...this.#objects.values()].filter(({ metadata }) => metadata.namespace === namespace);
  }

  onChange(listener: (change: KubeChange) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * Asks `condition` now and after every change. False when the deadline came first; an error that it throws ends the wait.
   */
  until(condition: () => boolean, { deadlineMs, signal }: WaitOptions): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const finish = (end: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        subscription[Symbol.dispose]();
        end();
      };
      const check = (): void => {
        try {
          if (condition()) finish(() => resolve(true));
        } catch (error) {
          finish(() => reject(error));
        }
      };
      const abort = (): void => finish(() => reject(signal.reason));
      const subscription = this.onChange(check);
      const timer = setTimeout(() => finish(() => resolve(false)), deadlineMs);
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      else check();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const watches = [...this.#watches.values()];
    this.#watches.clear();
    // A watch that could not be opened has nothing to close.
    await Promise.allSettled(watches.map(async (watch) => (await watch)[Symbol.asyncDispose]()));
    this.#listeners.clear();
  }

  #observe(change: KubeChange): void {
    const { namespace = '', name } = change.object.metadata;
    if (change.type === 'applied') this.#objects.set(`${namespace}/${name}`, change.object);
    else this.#objects.delete(`${namespace}/${name}`);
    for (const listener of [...this.#listeners]) listener(change);
  }
}
