/** Looks at all proxies, one after the other, and what happened between two of them. Counters only grow, so a window is a difference. */
import { subtractHistogram } from './histogram.js';
import { addUp, keyOf, NOTHING, type Counted, type TrafficCount, type TrafficReading } from './traffic.js';

/** Milliseconds since the epoch; `counts` are what was counted between the two moments. */
export interface TrafficWindow {
  readonly from: number;
  readonly to: number;
  readonly counts: readonly TrafficCount[];
}

interface Sweep {
  readonly at: number;
  readonly proxies: ReadonlyMap<string, readonly TrafficCount[]>;
}

export class TrafficHistory {
  readonly #windowMs: number;
  /** Oldest first: no more of them than the window needs. */
  #sweeps: readonly Sweep[] = [];
  /** When each proxy was seen first. One that came later than the first sweep had counted nothing before it came. */
  readonly #firstSeen = new Map<string, number>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(at: number, readings: readonly TrafficReading[]): void {
    const proxies = new Map(readings.map(({ proxy, counts }) => [keyOf(proxy), counts]));
    for (const name of proxies.keys()) if (!this.#firstSeen.has(name)) this.#firstSeen.set(name, at);
    const sweeps = [...this.#sweeps, { at, proxies }];
    const start = sweeps.findLastIndex((sweep) => sweep.at <= at - this.#windowMs);
    this.#sweeps = sweeps.slice(Math.max(0, start));
    for (const name of this.#firstSeen.keys()) {
      if (!this.#sweeps.some((sweep) => sweep.proxies.has(name))) this.#firstSeen.delete(name);
    }
  }

  /** From the last look back to one a window ago; shorter as long as nobody has looked for so long. */
  window(): TrafficWindow {
    const [first] = this.#sweeps;
    const last = this.#sweeps.at(-1);
    if (first === undefined || last === undefined) return { from: 0, to: 0, counts: [] };
    const counts = [...last.proxies].flatMap(([proxy, later]) => {
      const earlier = first === last ? later : this.#countsBefore(proxy, first.at);
      return earlier === undefined ? [] : differences(later, earlier);
    });
    return { from: first.at, to: last.at, counts };
  }

  /** What a proxy had counted when the window began; undefined when nobody looked at it in time and nothing is known. */
  #countsBefore(proxy: string, from: number): readonly TrafficCount[] | undefined {
    const isNew = (this.#firstSeen.get(proxy) ?? 0) > from;
    const known = this.#sweeps.find(({ proxies }) => proxies.has(proxy))?.proxies.get(proxy);
    return isNew ? [] : known;
  }
}

function differences(later: readonly TrafficCount[], earlier: readonly TrafficCount[]): TrafficCount[] {
  const before = new Map(distinct(earlier).map((count) => [identityOf(count), count]));
  return distinct(later).flatMap((count) => {
    const { success, failure, latency } = difference(count, before.get(identityOf(count)) ?? NOTHING);
    return success + failure === 0 ? [] : [{ ...count, success, failure, latency }];
  });
}

/** Two ports of a service, or two certificates of one account, are counted apart by a proxy and are the same peer here. */
function distinct(counts: readonly TrafficCount[]): readonly TrafficCount[] {
  const found = new Map<string, TrafficCount>();
  for (const count of counts) {
    const key = identityOf(count);
    const known = found.get(key);
    found.set(key, known === undefined ? count : { ...known, ...addUp([known, count]) });
  }
  return [...found.values()];
}

/** A counter that is lower than before has begun anew. */
function difference(later: Counted, earlier: Counted): Counted {
  if (later.success < earlier.success || later.failure < earlier.failure) return later;
  return {
    success: later.success - earlier.success,
    failure: later.failure - earlier.failure,
    latency: subtractHistogram(later.latency, earlier.latency),
  };
}

/** Everything of a count that does not grow. */
function identityOf({ success: _success, failure: _failure, latency: _latency, ...rest }: TrafficCount): string {
  return JSON.stringify(rest);
}
