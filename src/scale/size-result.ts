/** What one number of clients cost. */
import { supportsQuantile } from '../load/histogram.js';
import type { Sighting, Tally } from './simulator-protocol.js';
import type { Usage } from '../../fixtures/agent/protocol.js';

/** Since the API accepted the change; negative where a control plane acts on it before the API's answer is here. */
export interface FanOut {
  /** First and last client, median over the changes. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Over all clients and all changes. */
  readonly medianMs: number;
  /** Absent with fewer than 1,000 values. */
  readonly p99Ms?: number;
}

export interface SizeResult {
  readonly clients: number;
  /** Services that came; each went again. */
  readonly changes: number;
  /** Until every client that was added had all it asked for. */
  readonly connectMs: number;
  readonly received?: FanOut;
  readonly acknowledged?: FanOut;
  /** The endpoints of the new service were acknowledged too. */
  readonly completed?: FanOut;
  /** From the first client to the last, median over the changes. */
  readonly spreadMs?: number;
  /** Of one coming or going, at all clients together. */
  readonly responses: number;
  readonly bytes: number;
  readonly controlPlane?: Cost;
  readonly simulator: Cost & { readonly lagP99Ms: number };
  /** Clients that did not see a change before its deadline, summed over the changes. */
  readonly missing: number;
  /** Responses that could not be read. */
  readonly refused: number;
  /** Streams that the control plane ended. */
  readonly broken: number;
  /** Streams that had to be opened again before they were served. */
  readonly retries: number;
}

export interface Cost {
  /** Of one coming or going. */
  readonly cpuUs: number;
  /** After the last change. */
  readonly residentBytes: number;
}

/** One service that came, as every client saw it. */
export interface SeenChange {
  readonly acceptedAt: number;
  readonly sighting: Sighting;
}

export interface SizeObservation {
  readonly clients: number;
  readonly connectMs: number;
  readonly appeared: readonly SeenChange[];
  /** Clients that did not see a service go. */
  readonly stillThere: number;
  readonly tally: { readonly before: Tally; readonly after: Tally };
  readonly usage?: { readonly before: Usage; readonly after: Usage };
}

export function summariseSize(observation: SizeObservation): SizeResult {
  const { clients, connectMs, appeared, stillThere, tally, usage } = observation;
  const { before, after } = tally;
  // Each service comes and goes.
  const turns = 2 * appeared.length;
  const received = fanOut(appeared, ({ receivedAt }) => receivedAt);
  const acknowledged = fanOut(appeared, ({ acknowledgedAt }) => acknowledgedAt);
  const completed = fanOut(appeared, ({ completedAt }) => completedAt);
  const spreads = appeared.map((change) => sorted(change, ({ receivedAt }) => receivedAt)).filter(hasValues);
  const missing = appeared.reduce((sum, { sighting }) => sum + sighting.completedAt.filter(Number.isNaN).length, 0);
  return {
    clients,
    changes: appeared.length,
    connectMs,
    ...(received && { received }),
    ...(acknowledged && { acknowledged }),
    ...(completed && { completed }),
    ...(spreads.length > 0 && { spreadMs: median(spreads.map((times) => last(times) - first(times))) }),
    responses: (after.responses - before.responses) / turns,
    bytes: (after.bytes - before.bytes) / turns,
    ...(usage && { controlPlane: cost(usage, turns) }),
    simulator: { ...cost({ before: before.usage, after: after.usage }, turns), lagP99Ms: after.lagP99Ms },
    missing: missing + stillThere,
    refused: after.refused.length - before.refused.length,
    broken: after.broken - before.broken,
    retries: after.retries,
  };
}

function cost({ before, after }: { readonly before: Usage; readonly after: Usage }, turns: number): Cost {
  return { cpuUs: (after.cpuUs - before.cpuUs) / turns, residentBytes: after.residentBytes };
}

function fanOut(changes: readonly SeenChange[], timesOf: (sighting: Sighting) => Float64Array): FanOut | undefined {
  const perChange = changes.map((change) => sorted(change, timesOf)).filter(hasValues);
  if (perChange.length === 0) return undefined;
  const pooled = Float64Array.from(perChange.flatMap((times) => [...times])).sort();
  return {
    firstMs: median(perChange.map(first)),
    lastMs: median(perChange.map(last)),
    medianMs: median([...pooled]),
    ...(supportsQuantile(pooled.length, 0.99) && { p99Ms: pooled[Math.ceil(pooled.length * 0.99) - 1] ?? Number.NaN }),
  };
}

/** Since the change was accepted, in ascending order, without those who never saw it. */
function sorted({ acceptedAt, sighting }: SeenChange, timesOf: (sighting: Sighting) => Float64Array): Float64Array {
  return timesOf(sighting)
    .filter((at) => !Number.isNaN(at))
    .map((at) => at - acceptedAt)
    .sort();
}

function hasValues(times: Float64Array): boolean {
  return times.length > 0;
}

function first(times: Float64Array): number {
  return times[0] ?? Number.NaN;
}

function last(times: Float64Array): number {
  return times.at(-1) ?? Number.NaN;
}

function median(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  const middle = ordered.length / 2;
  return ((ordered[Math.ceil(middle) - 1] ?? Number.NaN) + (ordered[Math.floor(middle)] ?? Number.NaN)) / 2;
}
