/** One repetition of a comparison, as a benchmark makes it, over truth servers. */
import { BASELINE, type ArmName } from '../bench/arms.js';
import type { SliceRecord } from '../bench/records.js';
import { bordersOf, readSlices } from '../bench/repetition.js';
import { windowsOf, type Schedule } from '../bench/schedule.js';
import { UsageRecorder } from '../bench/usage.js';
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
  usage.sampleAt(bordersOf(schedule, startAt));
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
    return results.flatMap((one) => readSlices(one, schedule, usage, { rep }));
  } finally {
    usage.stop();
  }
}

function podOf(arm: ArmName): string {
  return arm === BASELINE.name ? 'client' : arm.replace(/\W/g, '-').toLowerCase();
}
