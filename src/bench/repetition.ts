/** One repetition: every arm's agent gets its windows at once, so that no control traffic disturbs what is measured. */
import type { MeasureResult, Usage } from '../../fixtures/agent/protocol.js';
import type { Histogram } from '../load/histogram.js';
import { readRecording } from '../load/recording.js';
import { now } from '../run/clock.js';
import { BASELINE, type Arm, type ArmName } from './arms.js';
import { findCauses, goodAnswers } from './gates.js';
import type { Ground } from './ground.js';
import { findOwnProcesses } from './processes.js';
import { QUANTILES, quantileAnyMs } from './quantiles.js';
import type { SliceRecord } from './records.js';
import { windowsOf, type Schedule, type Slot } from './schedule.js';
import { UsageRecorder } from './usage.js';

export interface LoadOptions {
  readonly perSecond: number;
  readonly connections: number;
  readonly arrivals: 'uniform' | 'poisson';
  readonly seed: number;
}

/** From sending the jobs until the first window: every agent has its job by then, also through a tunnel. */
export const LEAD_MS = 1_000;

export interface Repetition {
  readonly slices: readonly SliceRecord[];
  readonly proxyBytes: ReadonlyMap<string, number>;
  /** While the load was offered; absent where the mesh cannot tell. */
  readonly controlPlane?: { readonly cpuUs: number; readonly residentBytes: number };
  /** Limits that the engine itself found crossed, one entry a slice. */
  readonly crossed?: readonly string[];
  /** Whether programs of pods could be told from others on this machine. */
  readonly seesPods: boolean;
}

export async function measureRepetition(
  ground: Ground,
  arms: readonly Arm[],
  schedule: Schedule,
  options: LoadOptions & { readonly rep: number; readonly controlPlaneUsage?: () => Promise<Usage> },
): Promise<Repetition> {
  const usage = new UsageRecorder(findOwnProcesses(ground.pods));
  const before = await options.controlPlaneUsage?.();
  const startAt = now() + LEAD_MS;
  usage.sampleAt(bordersOf(schedule, startAt));
  try {
    const results = await Promise.all(
      arms.map(async (arm) => ({ arm, result: await loadArm(ground, arm, schedule, startAt, options) })),
    );
    usage.sample();
    const after = await options.controlPlaneUsage?.();
    const slices = results.flatMap(({ arm, result }) =>
      readSlices({ arm: arm.name, result }, schedule, usage, options),
    );
    return {
      slices,
      proxyBytes: usage.residentBytes(),
      seesPods: usage.seesPods,
      ...(before === undefined || after === undefined
        ? {}
        : { controlPlane: { cpuUs: after.cpuUs - before.cpuUs, residentBytes: after.residentBytes } }),
    };
  } finally {
    usage.stop();
  }
}

function loadArm(
  ground: Ground,
  arm: Arm,
  schedule: Schedule,
  startAt: number,
  { perSecond, connections, arrivals, seed, rep }: LoadOptions & { readonly rep: number },
): Promise<MeasureResult> {
  const phase = arm.name === BASELINE.name ? 0 : 0.5;
  const loop = { kind: 'open', ratePerSecond: perSecond, arrivals, seed: seed + rep, phase } as const;
  return ground.measure(arm, { connections, loop, startAt, windows: windowsOf(schedule, arm.name) }, `rep${rep}/`);
}

/** When one slot begins and another ends, once each. */
export function bordersOf({ slots }: Schedule, startAt: number): readonly number[] {
  return [
    ...new Set(slots.flatMap(({ offsetMs, durationMs }) => [startAt + offsetMs, startAt + offsetMs + durationMs])),
  ];
}

/** Each slot of one arm beside what the machine did meanwhile. */
export function readSlices(
  { arm, result }: { readonly arm: ArmName; readonly result: Pick<MeasureResult, 'startedAt' | 'windows'> },
  schedule: Schedule,
  usage: UsageRecorder,
  { rep }: { readonly rep: number },
): readonly SliceRecord[] {
  const slots = new Map<string, Slot>(schedule.slots.map((slot) => [slot.name, slot]));
  return result.windows.flatMap((window) => {
    const slot = slots.get(window.name);
    if (slot === undefined) return [];
    const from = result.startedAt + slot.offsetMs;
    const to = from + slot.durationMs;
    const recording = readRecording(window);
    const host = usage.between(from, to);
    const proxyCpuUs = usage.cpuUsBetween('proxy', from, to);
    return [
      {
        rep,
        arm,
        slot,
        window,
        good: goodAnswers(recording),
        quantilesMs: quantilesOf(recording.response),
        ...(host === undefined ? {} : { host }),
        ...(proxyCpuUs === undefined ? {} : { proxyCpuUs }),
        causes: findCauses(recording, host),
      },
    ];
  });
}

function quantilesOf(response: Histogram): Readonly<Record<string, number>> {
  return Object.fromEntries(
    QUANTILES.flatMap(({ name, q }) => {
      const ms = quantileAnyMs(response, q);
      return ms === undefined ? [] : [[name, ms] as const];
    }),
  );
}
