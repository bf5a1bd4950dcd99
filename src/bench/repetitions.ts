/** All repetitions of one mesh, with fresh processes every few of them. */
import type { InstalledMesh } from '../mesh/driver.js';
import { BASELINE, type Arm, type ArmName } from './arms.js';
import type { BenchEvents, BenchSettings } from './bench-mesh.js';
import type { Ground } from './ground.js';
import { measurable, type ArmState, type SliceRecord } from './records.js';
import { measureRepetitionByK6 } from './k6-slices.js';
import { measureRepetition, type LoadOptions, type Repetition } from './repetition.js';
import { makeSchedule } from './schedule.js';
import { warmUp, WARM_MS } from './warm-up.js';

/** How a process happens to start is part of the noise: so many repetitions share one set of processes. */
const REPS_PER_START = 4;
const SAME_PROCESS_US = 50_000;
const UNSEEN = 'processor time of others and of proxies could not be seen from here: nothing was gated by it';
const HERE = 'the control plane is a part of the harness here: its processor time cannot be told apart';

export interface Repeated {
  readonly slices: readonly SliceRecord[];
  readonly proxyResidentBytes: Readonly<Partial<Record<ArmName, number>>>;
  readonly controlPlane?: { readonly cpuUsPerRequest: number; readonly residentBytes: number };
  readonly notes: readonly string[];
}

/** What was measured until the signal was aborted. */
export async function repeat(
  { ground, mesh }: { readonly ground: Ground; readonly mesh: InstalledMesh },
  states: readonly ArmState[],
  settings: BenchSettings & { readonly load: LoadOptions },
  { events, signal }: { readonly events: BenchEvents; readonly signal: AbortSignal },
): Promise<Repeated> {
  const arms = measurable(states);
  const comparisons = arms.map(({ name }) => name).filter((name) => name !== BASELINE.name);
  const slices: SliceRecord[] = [];
  const bytes: Partial<Record<ArmName, number>> = {};
  const isHere = await livesHere(mesh);
  const usage = isHere ? undefined : mesh.controlPlaneUsage?.bind(mesh);
  const controlPlane: NonNullable<Repetition['controlPlane']>[] = [];
  const crossed: string[] = [];
  let seesPods = true;
  try {
    for (let rep = 0; rep < settings.reps; rep += 1) {
      if (rep % REPS_PER_START === 0) await startAfresh(ground, arms, settings, rep, events);
      events.stage(`repetition ${rep + 1} of ${settings.reps}`);
      const schedule = makeSchedule(comparisons, settings.seconds, settings.seed + rep);
      const { k6, load, limits } = settings;
      const measured =
        k6 === undefined
          ? await measureRepetition(ground, arms, schedule, {
              ...load,
              rep,
              ...(usage === undefined ? {} : { controlPlaneUsage: usage }),
            })
          : await measureRepetitionByK6(ground, schedule, { ...load, rep, k6, ...(limits && { limits }) });
      slices.push(...measured.slices);
      crossed.push(...(measured.crossed ?? []));
      ({ seesPods } = measured);
      if (measured.controlPlane !== undefined) controlPlane.push(measured.controlPlane);
      for (const arm of arms) bytes[arm.name] = Math.max(bytes[arm.name] ?? 0, proxyBytesOf(ground, arm, measured));
      events.repetition(rep, measured.slices);
    }
  } catch (error) {
    // What was measured before an interrupt is kept; what broke by itself is told.
    if (!signal.aborted) throw error;
  }
  const notes = [...(seesPods ? [] : [UNSEEN]), ...(isHere ? [HERE] : []), ...countCrossed(crossed)];
  return { slices, proxyResidentBytes: withoutZeros(bytes), ...sumUp(controlPlane, slices), notes };
}

/** A control plane that has taken exactly our own processor time is a part of this process. */
async function livesHere(mesh: InstalledMesh): Promise<boolean> {
  const usage = await mesh.controlPlaneUsage?.();
  if (usage === undefined) return false;
  const { user, system } = process.cpuUsage();
  return Math.abs(usage.cpuUs - user - system) < SAME_PROCESS_US;
}

/** For each answered request, and at its largest. */
function sumUp(
  controlPlane: readonly NonNullable<Repetition['controlPlane']>[],
  slices: readonly SliceRecord[],
): Pick<Repeated, 'controlPlane'> {
  const good = slices.reduce((sum, slice) => sum + slice.good, 0);
  if (controlPlane.length === 0 || good === 0) return {};
  const cpuUs = controlPlane.reduce((sum, one) => sum + one.cpuUs, 0);
  const residentBytes = Math.max(...controlPlane.map((one) => one.residentBytes));
  return { controlPlane: { cpuUsPerRequest: cpuUs / good, residentBytes } };
}

async function startAfresh(
  ground: Ground,
  arms: readonly Arm[],
  settings: BenchSettings & { readonly load: LoadOptions },
  rep: number,
  events: BenchEvents,
): Promise<void> {
  if (rep > 0) {
    events.stage('restarting every process');
    await ground.restart();
    await ground.prove(arms, settings.deadlineMs);
  }
  events.stage('warming up');
  await warmUp(ground, arms, settings.load, WARM_MS.again);
}

/** The larger of the proxies on the way. */
function proxyBytesOf(ground: Ground, arm: Arm, { proxyBytes }: { proxyBytes: ReadonlyMap<string, number> }): number {
  return Math.max(0, ...ground.podsOf(arm).map((pod) => proxyBytes.get(pod) ?? 0));
}

function countCrossed(crossed: readonly string[]): readonly string[] {
  return [...new Set(crossed)].map((limit) => {
    const slices = crossed.filter((each) => each === limit).length;
    return `k6 found ${limit} crossed in ${slices} of its runs`;
  });
}

function withoutZeros(bytes: Partial<Record<ArmName, number>>): Partial<Record<ArmName, number>> {
  return Object.fromEntries(Object.entries(bytes).filter(([, value]) => value > 0));
}
