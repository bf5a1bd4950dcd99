/**
 * The convergence gate: a marker that the old configuration cannot produce, seen on every proxy concerned, several times in a
 * row, before anything is judged. Time until the first sight and until stable are kept apart.
 */
import type { ClientRecord } from '../../fixtures/agent/protocol.js';
import { group, http, identity, match, split, target } from '../cases/objects.js';
import type { SmiObject } from '../smi/model.js';
import { now } from './clock.js';
import type { Lane } from './lane.js';
import { pause } from './pause.js';

export interface Marker {
  /** Named when the gate's deadline passes. */
  readonly what: string;
  readonly objects: readonly SmiObject[];
  /** One look, in several requests: did every one of them show the marker? */
  look(idPrefix: string): Promise<{ readonly seen: boolean; readonly records: readonly ClientRecord[] }>;
}

/** The old configuration never answers this path, so a few answers in a row prove the new one. */
const ACCESS_STREAK = 3;
/** Between two markers there may be no split at all, when half of the requests go either way: 20 in a row by chance have probability 2^-20 < 1e-6. */
const SPLIT_STREAK = 20;
const MARKER_LEAVES = [
  { service: 'epoch-a', pod: 'p1' },
  { service: 'epoch-b', pod: 'p2' },
] as const;

/** The witness may reach a fresh path on the identity's server. */
export function accessMarker(lane: Lane, account: string, epoch: number): Marker {
  const name = `epoch-${epoch}-${account}`;
  const path = `/.meshgauge/epoch-${epoch}`;
  const { witness, serviceOf } = lane.fixture;
  const spec = lane.requestOf({ from: witness, to: `${serviceOf[account] ?? account}:8080`, protocol: 'http', path });
  return {
    what: `${witness} to reach ${path} on ${account}`,
    objects: [
      group(name, [match('epoch', path.replaceAll('.', '\\.'))]),
      { ...target(name, { from: [witness], rules: [http(name)] }), destination: identity(account) },
    ],
    look: async (idPrefix) => {
      const records = await lane.pod(witness).agent.batch({
        idPrefix,
        items: [{ cell: 'marker', count: ACCESS_STREAK, spec }],
        concurrency: 1,
        connections: 'reuse',
      });
      return { seen: records.every(({ ok }) => ok), records };
    },
  };
}

/**
 * The client's requests to the marker root all end at the one leaf that this epoch names. The epoch before named the other
 * leaf, and with no split at all the root's selector would answer with either.
 */
export function splitMarker(lane: Lane, clients: readonly string[], epoch: number): Marker {
  const leaf = MARKER_LEAVES[lane.nextTurn() % 2] ?? MARKER_LEAVES[0];
  return {
    what: `${clients.join(', ')} to follow the marker split to ${leaf.service}`,
    objects: [split(`epoch-${epoch}`, 'epoch', { [leaf.service]: 1 })],
    look: async (idPrefix) => {
      const looks = clients.map((client) => {
        const spec = lane.requestOf({
          from: client,
          to: 'epoch:8080',
          protocol: 'http',
          path: '/.meshgauge/epoch',
          headers: [['x-meshgauge-echo', 'brief']],
        });
        return lane.pod(client).agent.batch({
          idPrefix: `${idPrefix}${client}/`,
          items: [{ cell: 'marker', count: SPLIT_STREAK, spec }],
          concurrency: 4,
          connections: 'reuse',
        });
      });
      const records = (await Promise.all(looks)).flat();
      return { seen: records.every(({ ok, server }) => ok && server === leaf.pod), records };
    },
  };
}

export interface GateResult {
  readonly converged: boolean;
  readonly firstMs?: number;
  readonly stableMs?: number;
  readonly probes: number;
  readonly waitingFor?: string;
  readonly records: readonly ClientRecord[];
}

/** Between two looks; a look costs a few milliseconds itself. */
const LOOK_GAP_MS = 4;

export async function waitForMarkers(
  markers: readonly Marker[],
  options: { since: number; deadlineMs: number; idPrefix: string; signal: AbortSignal },
): Promise<GateResult> {
  const { since, deadlineMs, idPrefix, signal } = options;
  const records: ClientRecord[] = [];
  const elapsed = (): number => now() - since;
  let pending = [...markers];
  let firstMs: number | undefined;
  for (let round = 0; pending.length > 0; round += 1) {
    signal.throwIfAborted();
    const looks = await Promise.all(
      pending.map(async (marker, index) => ({ marker, ...(await marker.look(`${idPrefix}${round}.${index}/`)) })),
    );
    records.push(...looks.flatMap((look) => look.records));
    if (looks.some(({ seen }) => seen)) firstMs ??= elapsed();
    pending = looks.filter(({ seen }) => !seen).map(({ marker }) => marker);
    if (pending.length === 0) break;
    if (elapsed() > deadlineMs) {
      return {
        converged: false,
        ...(firstMs === undefined ? {} : { firstMs }),
        probes: records.length,
        waitingFor: pending.map(({ what }) => what).join('; '),
        records,
      };
    }
    await pause(LOOK_GAP_MS, signal);
  }
  return {
    converged: true,
    ...(firstMs === undefined ? {} : { firstMs, stableMs: elapsed() }),
    probes: records.length,
    records,
  };
}
