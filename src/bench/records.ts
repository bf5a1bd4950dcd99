/** What a benchmark keeps of everything it measured; reports and recomputations start from here. */
import type { MeasuredWindow } from '../../fixtures/agent/protocol.js';
import type { LadderStep, ScalabilityFit } from '../statistics/scalability.js';
import { ARMS, type Arm, type ArmName } from './arms.js';
import type { Cause, HostShares } from './gates.js';
import type { Slot } from './schedule.js';

/** One arm in one slot of one repetition. */
export interface SliceRecord {
  readonly rep: number;
  readonly arm: ArmName;
  readonly slot: Slot;
  /** As the agent sent it, histograms encoded: decoded, those of a whole benchmark would fill the memory. */
  readonly window: MeasuredWindow;
  /** Requests answered with a 2xx status. */
  readonly good: number;
  /** Of the response times, by name of the quantile; empty where nothing was answered. */
  readonly quantilesMs: Readonly<Record<string, number>>;
  readonly host?: HostShares;
  /** Of all proxies together; absent where they cannot be seen. */
  readonly proxyCpuUs?: number;
  /** Why it says nothing, or nothing of one quantile; empty: it counts. */
  readonly causes: readonly Cause[];
}

/** What showed, before anything was measured, how many proxies are on the way. */
export interface ArmProof {
  /** The identity that the server was told of the client by a proxy. */
  readonly identity?: string;
}

export interface ArmState {
  readonly arm: ArmName;
  readonly description: string;
  readonly proof: ArmProof;
  /** Why it cannot be measured; absent: it was. */
  readonly unmeasurable?: string;
}

export interface Saturation {
  readonly arm: ArmName;
  readonly steps: readonly (LadderStep & { readonly littleError: number })[];
  /** Steps whose numbers do not add up by Little's law, or that lost requests; they are not fitted. */
  readonly leftOut: readonly { readonly concurrency: number; readonly reason: string }[];
  readonly fit?: ScalabilityFit;
}

export interface SloResult {
  readonly arm: ArmName;
  /** The highest rate that met it, and was confirmed; absent: none did, or nothing could be told. */
  readonly perSecond?: number;
  readonly reason: string;
}

/** Everything that was measured in one mesh. */
export interface MeshMeasurements {
  readonly mesh: string;
  readonly version: string;
  readonly rate: number;
  readonly rateReason: string;
  readonly arms: readonly ArmState[];
  readonly slices: readonly SliceRecord[];
  readonly saturation: readonly Saturation[];
  readonly slo: readonly SloResult[];
  /** Resident bytes of the largest proxy, by arm. */
  readonly proxyResidentBytes: Readonly<Partial<Record<ArmName, number>>>;
  readonly controlPlane?: { readonly cpuUsPerRequest: number; readonly residentBytes: number };
  readonly notes: readonly string[];
}

export function measurable(states: readonly ArmState[]): readonly Arm[] {
  return ARMS.filter(({ name }) => states.some(({ arm, unmeasurable }) => arm === name && unmeasurable === undefined));
}
