/** What the proxies and the control plane say themselves, beside what was seen from outside. */
import type { InstalledMesh, Pod } from '../mesh/driver.js';
import { now } from '../run/clock.js';
import { pause } from '../run/pause.js';
import type { ProxyEvents } from './proxy-events.js';

/** Envoy stamps what it takes over with whole milliseconds of the clock on the wall. */
const UPDATE_TIME = /(?:^|\.)update_time$/;
const TOLERANCE = { earlyMs: 1, lateMs: 10 } as const;

export interface WhiteBox {
  readonly proxy: string;
  /** From what the proxy says to the first new answer, in milliseconds. */
  readonly gapMs: number;
  /** The answer came before the proxy says it could, or long after. */
  readonly flagged: boolean;
}

/** The last time the proxy took over any configuration, by its own account. */
export function lastUpdate(stats: Readonly<Record<string, number>>): number | undefined {
  const times = Object.entries(stats).flatMap(([name, value]) => (UPDATE_TIME.test(name) && value > 0 ? [value] : []));
  return times.length === 0 ? undefined : Math.max(...times);
}

/** Undefined where the proxy took nothing over since the request, or the change was not seen. */
export function compareWithProxy(
  events: Pick<ProxyEvents, 'proxy' | 'first'>,
  updatedAt: number | undefined,
  requestedAt: number,
): WhiteBox | undefined {
  const { proxy, first } = events;
  if (first === undefined || updatedAt === undefined || updatedAt < requestedAt - TOLERANCE.earlyMs) return undefined;
  const gapMs = first.high - updatedAt;
  // A probe that was under way when the proxy changed was sent before it.
  const earliest = -TOLERANCE.earlyMs - first.answerMs;
  const latest = first.high - first.low + TOLERANCE.lateMs;
  return { proxy, gapMs, flagged: gapMs < earliest || gapMs > latest };
}

/** By proxy; empty where the mesh does not let us look. */
export async function readUpdates(mesh: InstalledMesh, pods: readonly Pod[]): Promise<ReadonlyMap<string, number>> {
  if (mesh.readStats === undefined) return new Map();
  const read = await Promise.all(
    pods.map(async (pod) => [pod.name, lastUpdate((await mesh.readStats?.(pod)) ?? {})] as const),
  );
  return new Map(read.flatMap(([name, updatedAt]) => (updatedAt === undefined ? [] : [[name, updatedAt] as const])));
}

/** A look at the proxies' answers that takes longer says nothing about milliseconds. */
const CHEAP_LOOK_MS = 20;
const LOOK_GAP_MS = 4;

/** Tells when all proxies have acknowledged something new to the control plane; where looking is cheap. */
export class AcknowledgementWatch {
  readonly #mesh: InstalledMesh;
  readonly #names: ReadonlySet<string>;
  #fastestMs = Infinity;

  constructor(mesh: InstalledMesh, proxies: readonly string[]) {
    this.#mesh = mesh;
    this.#names = new Set(proxies);
  }

  /** Looks at once, then until every proxy says something else than now; resolves undefined when it cannot tell. */
  async begin(signal: AbortSignal): Promise<{ readonly done: Promise<number | undefined> }> {
    const before = await this.#look();
    return { done: before === undefined ? Promise.resolve(undefined) : this.#follow(before, signal) };
  }

  async #follow(before: ReadonlyMap<string, string>, signal: AbortSignal): Promise<number | undefined> {
    while (!signal.aborted) {
      const said = await this.#look();
      if (said === undefined) return undefined;
      if ([...before].every(([name, versions]) => said.get(name) !== versions)) return now();
      await pause(LOOK_GAP_MS, signal).catch(() => undefined);
    }
    return undefined;
  }

  async #look(): Promise<ReadonlyMap<string, string> | undefined> {
    const start = now();
    const proxies = await this.#mesh.proxies();
    this.#fastestMs = Math.min(this.#fastestMs, now() - start);
    if (this.#fastestMs > CHEAP_LOOK_MS) return undefined;
    const own = proxies.filter(({ pod }) => this.#names.has(pod));
    return own.length === 0
      ? undefined
      : new Map(own.map(({ pod, acknowledged }) => [pod, JSON.stringify(acknowledged)]));
  }
}
