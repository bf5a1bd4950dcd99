/**
 * The convergence gate: a marker that the old configuration cannot produce, seen on every proxy concerned, several times in a
 * row, before anything is judged. Time until the first sight and until stable are kept apart.
 */
import type { BatchJob, ClientRecord, RequestSpec } from '../../fixtures/agent/protocol.js';
import { group, http, identity, match, split, target } from '../cases/objects.js';
import type { SmiObject } from '../smi/model.js';
import type { AgentClient } from '../traffic/agent-client.js';
import { now } from './clock.js';
import type { Lane } from './lane.js';
import { pause } from './pause.js';

export interface Marker {
  /** Named when the gate's deadline passes. */
  readonly what: string;
  readonly objects: readonly SmiObject[];
  /** One look, in several requests: did every one of them show the marker? */
  look(idPrefix: string): Promise<Look>;
}

/**
 * The old configuration never answers this path, so a few answers in a row prove the new one; on connections of their own, as
 * each worker thread of a proxy takes over a configuration by itself.
 */
const ACCESS_STREAK = 5;
/** Between two markers there may be no split at all, when half of the requests go either way: 20 in a row by chance have probability 2^-20 < 1e-6. */
const SPLIT_STREAK = 20;
/** The service of the n-th marker pod: epoch-a, epoch-b, … */
const markerService = (leaf: number): string => `epoch-${String.fromCharCode(97 + leaf)}`;

/** What nobody could reach before this epoch. */
export const markerPath = (epoch: number): string => `/.meshgauge/epoch-${epoch}`;

/** The witness may reach a fresh path on the identity's server, on each of these ports. */
export function accessMarker(lane: Lane, account: string, epoch: number, ports: readonly number[]): Marker {
  const name = `epoch-${epoch}-${account}`;
  const path = markerPath(epoch);
  const { witness, serviceOf } = lane.fixture;
  const service = serviceOf[account] ?? account;
  return {
    what: `${witness} to reach ${path} on ${account}`,
    objects: [
      group(name, [match('epoch', path.replaceAll('.', '\\.'))]),
      { ...target(name, { from: [witness], rules: [http(name, 'epoch')] }), destination: identity(account) },
    ],
    look: (idPrefix) =>
      lookEverywhere(ports, (port) => {
        const spec = lane.requestOf({ from: witness, to: `${service}:${port}`, protocol: 'http', path });
        const ask = { idPrefix: `${idPrefix}${port}/`, spec, streak: ACCESS_STREAK, connections: 'new' } as const;
        return lookFor(lane.pod(witness).agent, ask, ({ ok }) => ok);
      }),
  };
}

/**
 * The client's requests to the marker root all end at the one leaf that this epoch names. The epochs before named other leaves,
 * as many as there are marker pods less one, so that a mesh several changes behind is not taken for one that follows; with no
 * split at all the root's selector answers with two of them.
 */
export function splitMarker(lane: Lane, clients: readonly string[], epoch: number, ports: readonly number[]): Marker {
  const { markerPods } = lane.fixture;
  const leaf = lane.nextTurn() % markerPods.length;
  const service = markerService(leaf);
  const pod = markerPods[leaf];
  return {
    what: `${clients.join(', ')} to follow the marker split to ${service}`,
    objects: [split(`epoch-${epoch}`, 'epoch', { [service]: 1 })],
    look: (idPrefix) => {
      const pairs = clients.flatMap((client) => ports.map((port) => ({ client, port })));
      return lookEverywhere(pairs, ({ client, port }) => {
        const spec = lane.requestOf({
          from: client,
          to: `epoch:${port}`,
          protocol: 'http',
          path: '/.meshgauge/epoch',
          headers: [['x-meshgauge-echo', 'brief']],
        });
        const prefix = `${idPrefix}${client}/${port}/`;
        const ask = { idPrefix: prefix, spec, streak: SPLIT_STREAK, connections: 'reuse' } as const;
        return lookFor(lane.pod(client).agent, ask, ({ ok, server }) => ok && server === pod);
      });
    },
  };
}

interface Look {
  readonly seen: boolean;
  readonly records: readonly ClientRecord[];
}

async function lookEverywhere<T>(places: readonly T[], lookAt: (place: T) => Promise<Look>): Promise<Look> {
  const looks = await Promise.all(places.map(lookAt));
  return { seen: looks.every(({ seen }) => seen), records: looks.flatMap(({ records }) => records) };
}

interface Streak extends Pick<BatchJob, 'idPrefix' | 'connections'> {
  readonly spec: RequestSpec;
  readonly streak: number;
}

/** Asks once, and for the rest of the streak only when that one answer was the new one: a look that sees nothing new costs one request. */
async function lookFor(
  agent: AgentClient,
  { idPrefix, spec, streak, connections }: Streak,
  isNew: (record: ClientRecord) => boolean,
): Promise<Look> {
  const ask = (prefix: string, count: number): Promise<readonly ClientRecord[]> =>
    agent.batch({
      idPrefix: prefix,
      items: [{ cell: 'marker', count, spec }],
      concurrency: Math.min(4, count),
      connections,
    });
  const first = await ask(`${idPrefix}0/`, 1);
  if (!first.every(isNew)) return { seen: false, records: first };
  const rest = await ask(idPrefix, streak - 1);
  return { seen: rest.every(isNew), records: [...first, ...rest] };
}

export interface GateResult {
  readonly converged: boolean;
  readonly firstMs?: number;
  readonly stableMs?: number;
  readonly probes: number;
  readonly settledMs?: number;
  readonly waitingFor?: string;
  readonly records: readonly ClientRecord[];
}

/** Between two looks: a twentieth of the time waited so far, so that a slow mesh is not kept busy by being watched. */
const LOOK_GAP = { shortestMs: 4, longestMs: 250, share: 0.05 } as const;

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
    const gapMs = Math.min(LOOK_GAP.longestMs, Math.max(LOOK_GAP.shortestMs, LOOK_GAP.share * elapsed()));
    await pause(gapMs, signal);
  }
  return {
    converged: true,
    ...(firstMs === undefined ? {} : { firstMs, stableMs: elapsed() }),
    probes: records.length,
    records,
  };
}

/** Between two questions to the mesh. */
const SETTLE_GAP_MS = 100;

/**
 * After the markers: waits until the mesh says that no connection is served under an older policy. A proxy that changes its
 * policy per connection shows the new one to a marker at once, and the old one to whoever is still connected.
 */
export async function waitUntilSettled(
  gate: GateResult,
  isSettled: () => Promise<boolean>,
  options: { since: number; deadlineMs: number; signal: AbortSignal },
): Promise<GateResult> {
  const { since, deadlineMs, signal } = options;
  const elapsed = (): number => now() - since;
  while (!(await isSettled())) {
    if (elapsed() > deadlineMs)
      return { ...gate, converged: false, waitingFor: 'connections opened under an older policy to end' };
    await pause(SETTLE_GAP_MS, signal);
  }
  return { ...gate, settledMs: elapsed() };
}
