/**
 * k6 as the engine of a repetition, where clients can be reached from this host: each slice is a run of k6, one after the other. There
 * are no windows with both arms at once: two k6 on one machine would measure each other, so the tail is not compared.
 */
import type { RequestSpec } from '../../fixtures/agent/protocol.js';
import { runK6, type K6Job, type K6Run } from '../load/k6.js';
import type { K6Binary } from '../load/k6-binary.js';
import type { LoadLimits } from '../load/limits.js';
import { ARMS, type Arm } from './arms.js';
import type { Cause } from './gates.js';
import type { Ground } from './ground.js';
import { k6RequestOf } from './k6-request.js';
import { LIMITED_ARM } from './limits.js';
import { findOwnProcesses } from './processes.js';
import type { SliceRecord } from './records.js';
import { readSlices, type LoadOptions, type Repetition } from './repetition.js';
import type { Schedule, Slot } from './schedule.js';
import { UsageRecorder } from './usage.js';

/** Long enough that the start of k6 is a small part of what it costs. */
const SLICE_MS = 2_000;

/** The first block of slices of each comparison, in k6's own length. */
export function slicesForK6({ slots }: Schedule): Schedule {
  const kept = slots.filter(({ design, name }) => design === 'slices' && name.includes('/slice-0.'));
  return {
    slots: kept.map((slot, index) => ({ ...slot, offsetMs: index * SLICE_MS, durationMs: SLICE_MS })),
    durationMs: kept.length * SLICE_MS,
  };
}

/** @throws HarnessError E_K6_RUN */
export async function measureRepetitionByK6(
  ground: Ground,
  whole: Schedule,
  {
    k6,
    rep,
    limits,
    ...load
  }: LoadOptions & { readonly k6: K6Binary; readonly rep: number; readonly limits?: LoadLimits },
): Promise<Repetition> {
  const schedule = slicesForK6(whole);
  const usage = new UsageRecorder(findOwnProcesses(ground.pods));
  const slices: SliceRecord[] = [];
  const crossed: string[] = [];
  for (const slot of schedule.slots) {
    const arm = ARMS.find(({ name }) => slot.arms.includes(name));
    if (arm === undefined) continue;
    usage.sample();
    const job = jobOf(ground.requestOf(arm).spec, slot, load);
    const run = await runK6({ ...job, ...(arm.name === LIMITED_ARM && limits && { limits }) }, k6, ground.signal);
    usage.sample();
    crossed.push(...run.thresholds.filter(({ ok }) => !ok).map(({ metric, expression }) => `${metric} ${expression}`));
    slices.push(...readRun(arm, slot, run, schedule, usage, rep));
  }
  return { slices, crossed, proxyBytes: usage.residentBytes(), seesPods: usage.seesPods };
}

function jobOf(spec: RequestSpec, { name, durationMs }: Slot, { perSecond, connections }: LoadOptions): K6Job {
  return {
    ...{ name, durationMs, connections, timeoutMs: spec.timeoutMs },
    ...k6RequestOf(spec),
    protocol: 'http/1.1',
    ratePerSecond: perSecond,
  };
}

/** k6 says itself when it began, so the slot is where its window was. */
function readRun(
  arm: Arm,
  slot: Slot,
  { window, gates }: K6Run,
  schedule: Schedule,
  usage: UsageRecorder,
  rep: number,
): readonly SliceRecord[] {
  const result = { startedAt: window.startedAt - slot.offsetMs, windows: [window] };
  const broken = gates.filter(({ ok }) => !ok).map((): Cause => 'not-offered');
  return readSlices({ arm: arm.name, result }, schedule, usage, { rep }).map((slice) => ({
    ...slice,
    causes: [...new Set([...slice.causes, ...broken])],
  }));
}
