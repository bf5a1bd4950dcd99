/** One repetition of a comparison, as a benchmark makes it, over truth servers. */
import { BASELINE, type ArmName } from '../bench/arms.js';
import { findCauses, goodAnswers } from '../bench/gates.js';
import { QUANTILES, quantileAnyMs } from '../bench/quantiles.js';
import type { SliceRecord } from '../bench/records.js';
import { windowsOf, type Schedule } from '../bench/schedule.js';
import { UsageRecorder } from '../bench/usage.js';
import { readRecording } from '../load/recording.js';
import { now } from '../run/clock.js';
import type { Stand, Target } from './stand.js';

const RATE = 500;
const CONNECTIONS = 16;
/** Every agent has its job by then. */
const LEAD_MS = 500;

/** Every arm has an agent of its own. */
export async function measureRep(
  stand: Stand,
  targets: ReadonlyMap<ArmName, Target>,
  schedule: Schedule,
  { rep, seed }: { readonly rep: number; readonly seed: number },
): Promise<readonly SliceRecord[]> {
  // A pod that is only started by its first job would be late for it.
  await Promise.all([...targets.keys()].map((arm) => stand.pod(podOf(arm))));
  const usage = new UsageRecorder(stand.processes);
  const startAt = now() + LEAD_MS;
  usage.sampleAt(
    schedule.slots.flatMap(({ offsetMs, durationMs }) => [startAt + offsetMs, startAt + offsetMs + durationMs]),
  );
  try {
    const results = await Promise.all(
      [...targets].map(async ([arm, target]) => {
        const phase = arm === BASELINE.name ? 0 : 0.5;
        const loop = { kind: 'open', ratePerSecond: RATE, arrivals: 'uniform', seed: seed + rep, phase } as const;
        const job = { idPrefix: `${rep}/`, spec: stand.specOf(target), connections: CONNECTIONS, loop, startAt };
        return { arm, result: await stand.measure({ ...job, windows: windowsOf(schedule, arm) }, podOf(arm)) };
      }),
    );
    usage.sample();
    const slots = new Map(schedule.slots.map((slot) => [slot.name, slot]));
    return results.flatMap(({ arm, result }) =>
      result.windows.flatMap((window): SliceRecord[] => {
        const slot = slots.get(window.name);
        if (slot === undefined) return [];
        const from = startAt + slot.offsetMs;
        const host = usage.between(from, from + slot.durationMs);
        const recording = readRecording(window);
        const quantilesMs = Object.fromEntries(
          QUANTILES.map(({ name, q }) => [name, quantileAnyMs(recording.response, q) ?? NaN]),
        );
        const shares = host === undefined ? {} : { host };
        const causes = findCauses(recording, host);
        return [{ rep, arm, slot, window, good: goodAnswers(recording), quantilesMs, ...shares, causes }];
      }),
    );
  } finally {
    usage.stop();
  }
}

function podOf(arm: ArmName): string {
  return arm === BASELINE.name ? 'client' : arm.replace(/\W/g, '-').toLowerCase();
}
