/** Slices as agents would have measured them, of latencies that are known. */
import { encodeHistogram, newHistogram, recordMs } from '../../../src/load/histogram.js';
import { readRecording } from '../../../src/load/recording.js';
import type { ArmName } from '../../../src/bench/arms.js';
import { findCauses, goodAnswers, type HostShares } from '../../../src/bench/gates.js';
import { QUANTILES, quantileAnyMs } from '../../../src/bench/quantiles.js';
import type { SliceRecord } from '../../../src/bench/records.js';
import { makeSchedule, type Slot } from '../../../src/bench/schedule.js';
import type { MeasuredWindow } from '../../../fixtures/agent/protocol.js';

export const QUIET: HostShares = { foreign: 0.01, steal: 0, pressure: 0.1 };

export interface Made {
  /** One for each request that was answered. */
  readonly latenciesMs: readonly number[];
  readonly sendLagMs?: number;
  readonly statuses?: Readonly<Record<string, number>>;
  readonly failed?: Readonly<Record<string, number>>;
  readonly unsent?: number;
}

export function windowOf(slot: Pick<Slot, 'name' | 'offsetMs' | 'durationMs'>, made: Made): MeasuredWindow {
  const { latenciesMs, sendLagMs = 0.01, failed = {}, unsent = 0 } = made;
  const statuses = made.statuses ?? { 200: latenciesMs.length };
  const total = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((sum, count) => sum + count, 0);
  const answered = total(statuses);
  const response = encode(latenciesMs);
  const { name, offsetMs, durationMs } = slot;
  return {
    ...{ name, offsetMs, durationMs, answered, statuses, failed, unsent },
    startedAt: 0,
    endedAt: durationMs,
    ...{ response, service: response },
    sendLag: encodeConstant(sendLagMs, latenciesMs.length),
    due: answered + total(failed) + unsent,
    sent: answered + total(failed),
    servers: { bare: answered },
  };
}

function encode(values: readonly number[]): string {
  const histogram = newHistogram();
  for (const value of values) recordMs(histogram, value);
  return encodeHistogram(histogram);
}

const known = new Map<string, string>();

/** Thousands of slices have the same. */
function encodeConstant(ms: number, count: number): string {
  const key = `${ms}/${count}`;
  const encoded = known.get(key) ?? encode(Array<number>(count).fill(ms));
  known.set(key, encoded);
  return encoded;
}

export function sliceOf(rep: number, arm: ArmName, slot: Slot, made: Made, host: HostShares = QUIET): SliceRecord {
  const window = windowOf(slot, made);
  const recording = readRecording(window);
  return {
    ...{ rep, arm, slot, window, host },
    good: goodAnswers(recording),
    quantilesMs: Object.fromEntries(
      QUANTILES.map(({ name, q }) => [name, quantileAnyMs(recording.response, q) ?? NaN]),
    ),
    proxyCpuUs: 1000,
    causes: findCauses(recording, host),
  };
}

export interface Experiment {
  readonly reps: number;
  readonly comparisons: readonly ArmName[];
  /** Requests a slice. */
  readonly count?: number;
  readonly latencyMs: (arm: ArmName, rep: number, index: number) => number;
  readonly hostOf?: (arm: ArmName, rep: number, slot: Slot) => HostShares;
}

/** Every slice that an experiment would have given. */
export function runExperiment({ reps, comparisons, count = 250, latencyMs, hostOf }: Experiment): SliceRecord[] {
  return Array.from({ length: reps }, (_, rep) =>
    makeSchedule(comparisons, 6, rep).slots.flatMap((slot) =>
      slot.arms.map((arm) => {
        const latenciesMs = Array.from({ length: count }, (__, index) => latencyMs(arm, rep, index));
        return sliceOf(rep, arm, slot, { latenciesMs }, hostOf?.(arm, rep, slot) ?? QUIET);
      }),
    ),
  ).flat();
}
