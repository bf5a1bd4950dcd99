/** Looks at the wire of pods while traffic runs, and says what was seen as facts: what a judge needs, not the packets. */
import { CannotCapture, type Captured, type WireCapture } from '../environments/capture.js';
import type { WatchedPort, WireFact } from '../cases/wire.js';
import { summariseWire } from '../wire/summarise.js';
import type { Lane } from './lane.js';

/** Runs `traffic` in any case: without a capture its requests are still evidence. One fact for each of `where`. */
export async function watchWire(
  lane: Lane,
  where: readonly WatchedPort[],
  traffic: () => Promise<void>,
): Promise<readonly { readonly place: WatchedPort; readonly fact: WireFact }[]> {
  const begun = await Promise.allSettled(where.map(({ pod, port }) => begin(lane, pod, port)));
  const captures = begun.map((one) => (one.status === 'fulfilled' ? one.value : 'the capture could not be begun'));
  let results: readonly (Captured | string)[] = [];
  try {
    const failure = begun.find((one) => one.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
    await traffic();
  } finally {
    results = await Promise.all(captures.map(end));
  }
  return where.map((place, index) => ({ place, fact: factOf(results[index] ?? 'nothing was captured', place.marker) }));
}

function factOf(result: Captured | string, marker: string): WireFact {
  if (typeof result === 'string') return { impossible: result };
  return { ...summariseWire(result.pcap, marker), dropped: result.dropped };
}

/** Why not, where it cannot be done. */
async function begin(lane: Lane, name: string, port: number): Promise<WireCapture | string> {
  const { env } = lane;
  if (env.capture === undefined) return `environment ${env.name} has no way to look at the wire of a pod`;
  return env.capture(lane.pod(name).pod, port).catch(reasonOf);
}

async function end(capture: WireCapture | string): Promise<Captured | string> {
  return typeof capture === 'string' ? capture : capture.stop().catch(reasonOf);
}

function reasonOf(error: unknown): string {
  if (error instanceof CannotCapture) return error.message;
  throw error;
}
