/** A split that shifts while something else happens: pods come and go, or the control plane is away. */
import { HarnessError } from '../errors/harness-error.js';
import type { InstalledMesh, PodSpec } from '../mesh/driver.js';
import { now } from '../run/clock.js';
import type { Lane } from '../run/lane.js';
import { pause } from '../run/pause.js';
import { leafService, type Leaf } from './fixture.js';
import type { Applied, Scenario } from './scenario.js';
import { shiftScenario, splitTo } from './split-changes.js';

export interface Disturbance {
  /** Seeded. */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** A pod that came stays so long, and the next one comes so long after it went. */
const CHURN = { stayMs: [300, 1_500], awayMs: [100, 600] } as const;
/** How long the control plane is away, and how long one more try of a change that nobody could admit meanwhile may take. */
const OUTAGE = { awayMs: 3_000, retryMs: 250, retryWithinMs: 60_000 } as const;

/** Pods join one leaf or the other and leave it again, for as long as the series takes. */
export function churnScenario(lane: Lane, proxies: number, { random, signal }: Disturbance): Scenario {
  const stop = new AbortController();
  const during = AbortSignal.any([signal, stop.signal]);
  const within = ([least, most]: readonly [number, number]): number => least + random() * (most - least);
  let churning: Promise<void> = Promise.resolve();
  const churn = async (): Promise<void> => {
    for (let count = 1; !during.aborted; count += 1) {
      const leaf = random() < 0.5 ? 'a' : 'b';
      const pod = churnedPod(lane, leaf, count);
      await lane.addPods([pod]);
      await pauseUnless(during, within(CHURN.stayMs));
      await lane.removePod(pod.name);
      await pauseUnless(during, within(CHURN.awayMs));
    }
  };
  const scenario = shiftScenario(lane, proxies, {
    change: 'churn',
    begin: async () => {
      churning = churn();
      // Nobody waits for it before the end of the series.
      churning.catch(() => undefined);
    },
    end: async () => {
      stop.abort();
      await churning;
    },
  });
  return { ...scenario, isDisturbed: true };
}

function churnedPod(lane: Lane, leaf: Leaf, count: number): PodSpec {
  return {
    name: `${leaf}-${count}`,
    namespace: lane.namespace('ns1'),
    serviceAccount: leafService(leaf),
    labels: { app: 'leaves', leaf },
    meshed: true,
    ports: [{ name: 'http', port: 8080, protocol: 'http' }],
  };
}

/**
 * The control plane goes, a change is made without it, and it comes back. Time counts from its return; traffic in between shows
 * what keeps working. `undefined` where the mesh cannot be asked for it.
 */
export function outageScenario(lane: Lane, proxies: number, { signal }: Disturbance): Scenario | undefined {
  const { controlPlane } = lane.mesh;
  if (controlPlane === undefined) return undefined;
  const scenario = shiftScenario(lane, proxies, {
    change: 'control-plane-restart',
    apply: (to, ready) => changeDuringOutage(lane, to, { controlPlane, ready, signal }),
    end: () => controlPlane.start(),
  });
  return { ...scenario, isDisturbed: true };
}

type ControlPlane = NonNullable<InstalledMesh['controlPlane']>;

async function changeDuringOutage(
  lane: Lane,
  to: Leaf,
  { controlPlane, ready, signal }: { controlPlane: ControlPlane; ready: () => Promise<void>; signal: AbortSignal },
): Promise<Applied> {
  const downSince = now();
  await controlPlane.stop();
  const accepted = await tryTo(() => splitTo(lane, to));
  await pause(OUTAGE.awayMs, signal);
  await ready();
  const requestedAt = now();
  await controlPlane.start();
  const note =
    accepted === undefined
      ? 'without its control plane the API took no change: it was made again after its return'
      : undefined;
  if (accepted === undefined) await insist(lane, to, signal);
  return { requestedAt, acceptedAt: now(), downSince, ...(note === undefined ? {} : { note }) };
}

/** What was refused once counts as sent: each try is another object. */
async function insist(lane: Lane, to: Leaf, signal: AbortSignal): Promise<void> {
  const end = now() + OUTAGE.retryWithinMs;
  for (let weight = 2; ; weight += 1) {
    if ((await tryTo(() => splitTo(lane, to, weight))) !== undefined) return;
    if (now() > end) await splitTo(lane, to, weight + 1);
    await pause(OUTAGE.retryMs, signal);
  }
}

async function tryTo<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof HarnessError && error.code === 'E_CHANGE_REFUSED') return undefined;
    throw error;
  }
}

async function pauseUnless(signal: AbortSignal, gapMs: number): Promise<void> {
  try {
    await pause(gapMs, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
