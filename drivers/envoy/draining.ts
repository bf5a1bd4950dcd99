/** What an Envoy still serves under configurations that have been replaced. */
import type { AdminPages } from './admin.js';
import { parseStats } from './stats.js';

const PAGE = '/stats?format=json&filter=listener_manager.total_(filter_chains|listeners)_draining';

/**
 * Waits for proxies to drain, one look at a time. Each question goes through the API server, so that only those are asked again
 * that were draining, and in the end all others once more: a proxy may have begun meanwhile.
 */
export class DrainWatch<Ref> {
  readonly #count: (ref: Ref) => Promise<number>;
  readonly #keyOf: (ref: Ref) => string;
  #draining: readonly Ref[] = [];

  constructor(count: (ref: Ref) => Promise<number>, keyOf: (ref: Ref) => string) {
    this.#count = count;
    this.#keyOf = keyOf;
  }

  /** Whether none of them drains any more. */
  async isOver(refs: readonly Ref[]): Promise<boolean> {
    const known = new Set(this.#draining.map(this.#keyOf));
    const asked = refs.filter((ref) => known.has(this.#keyOf(ref)));
    if (await this.#drain(asked)) return false;
    return !(await this.#drain(refs.filter((ref) => !known.has(this.#keyOf(ref)))));
  }

  /** Remembers those of them that drain; says whether there are any. */
  async #drain(refs: readonly Ref[]): Promise<boolean> {
    const counts = await Promise.all(refs.map((ref) => this.#count(ref)));
    this.#draining = refs.filter((_, index) => counts[index] !== 0);
    return this.#draining.length > 0;
  }
}

/** Listeners and filter chains that wait for their last connections to end. A proxy that cannot be asked counts as one. */
export async function countDraining(pages: Pick<AdminPages, 'get'>): Promise<number> {
  try {
    const { numbers } = parseStats(await pages.get(PAGE));
    return Object.values(numbers).reduce((sum, count) => sum + count, 0);
  } catch {
    return 1;
  }
}
