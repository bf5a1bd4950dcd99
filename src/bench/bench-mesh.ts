/** What one mesh costs: arms proven, saturation, warm-up, repetitions, and the promise it can keep. */
import { badInput } from '../errors/harness-error.js';
import type { K6Binary } from '../load/k6-binary.js';
import type { LoadLimits } from '../load/limits.js';
import type { MeshSession } from '../run/mesh-session.js';
import { ARMS, BASELINE, TWIN, type Arm } from './arms.js';
import { JOBS, type JobsSetting } from './fleets.js';
import { loadByK6Operator, refuseWithoutOperator } from './k6-load.js';
import { Ground } from './ground.js';
import { clusterFor } from './pod-template.js';
import { chooseRate, notesOnRate } from './rate.js';
import {
  measurable,
  type ArmState,
  type MeshMeasurements,
  type Saturation,
  type SliceRecord,
  type SloResult,
} from './records.js';
import type { LoadOptions } from './repetition.js';
import { repeat } from './repetitions.js';
import { climbLadder } from './saturation.js';
import { searchSlo } from './search-slo.js';
import type { Slo } from './slo.js';
import { loadOnce, warmUp, WARM_MS } from './warm-up.js';

export interface BenchSettings {
  /** Requests a second and arm; absent: 500, or what the slowest arm can do with ease. */
  readonly perSecond?: number;
  /** Of each repetition and comparison. */
  readonly seconds: number;
  readonly reps: number;
  readonly connections: number;
  readonly arrivals: 'uniform' | 'poisson';
  readonly seed: number;
  /** How long a step of the saturation ladder takes; absent: no ladder. */
  readonly ladderStepMs?: number;
  readonly slo?: Slo;
  /** On the arm with a proxy at either end; k6 is given them as thresholds. */
  readonly limits?: LoadLimits;
  /** Where one agent cannot offer the load; absent: it comes from the client pods. */
  readonly jobs?: JobsSetting;
  /** k6 on this host measures instead of agents; the tail is not compared then. */
  readonly k6?: K6Binary;
  /** The k6 operator sends instead, from so many runners: nothing is compared then. */
  readonly k6Runners?: number;
  /** How long an arm may take until it is answered. */
  readonly deadlineMs: number;
}

export interface BenchEvents {
  stage(name: string): void;
  /** A repetition is over: whoever keeps raw data keeps it now. */
  repetition(rep: number, slices: readonly SliceRecord[]): void;
}

const WARM_RATE = 100;

/** @returns what was measured until the signal was aborted */
export async function benchMesh(
  session: MeshSession,
  settings: BenchSettings,
  { events, signal }: { readonly events: BenchEvents; readonly signal: AbortSignal },
): Promise<MeshMeasurements> {
  await refuseOutOfReach(session, settings);
  await using ground = await Ground.start(session, signal, settings.jobs);
  events.stage('asking every arm');
  const states = await ground.prove(ARMS, settings.deadlineMs);
  const arms = measurable(states);
  refuseWithoutBaseline(states);
  if (settings.k6Runners !== undefined) return askK6(session, { ground, states, arms }, settings, events);
  await warmUp(ground, arms, { ...settings, perSecond: WARM_RATE }, WARM_MS.first);
  const saturation = await saturate(ground, arms, settings, events);
  const { perSecond, reason } = chooseRate(settings.perSecond, saturation);
  const able = withinReach(states, saturation, perSecond);
  const load: LoadOptions = { ...settings, perSecond };
  await refuseUnreachable(ground, load);
  const measured = await repeat({ ground, mesh: session.mesh }, able, { ...settings, load }, { events, signal });
  const slo = await keepPromise(ground, measurable(able), settings, saturation, events);
  return {
    mesh: session.mesh.driver.name,
    version: session.mesh.driver.versions.mesh,
    rate: perSecond,
    rateReason: reason,
    arms: able,
    saturation,
    slo,
    ...measured,
    notes: [...measured.notes, ...notesOnRate(perSecond, saturation), ...notesOnLoad(settings)],
  };
}

function notesOnLoad({ jobs, k6 }: BenchSettings): readonly string[] {
  return [
    ...(jobs === undefined ? [] : [`the load of each arm came from a Job of ${jobs.agents} agents`]),
    ...(k6 === undefined ? [] : [`the load came from k6 ${k6.version}; the tail was not compared`]),
  ];
}

/** Before any pod starts. */
async function refuseOutOfReach({ env }: MeshSession, { k6, jobs, k6Runners }: BenchSettings): Promise<void> {
  if (jobs !== undefined) clusterFor(JOBS, env);
  if (k6Runners !== undefined) await refuseWithoutOperator(env);
  if (k6 === undefined || env.interception === 'address') return;
  throw badInput(
    'E_K6_ENGINE',
    `k6 runs on this host, and in environment ${env.name} only a pod can send as a client of the mesh`,
    'use --env local; in a cluster --load k6-operator has k6 send from pods',
  );
}

async function askK6(
  session: MeshSession,
  { ground, states, arms }: { ground: Ground; states: readonly ArmState[]; arms: readonly Arm[] },
  { k6Runners: runners = 1, perSecond, seconds, limits }: BenchSettings,
  events: BenchEvents,
): Promise<MeshMeasurements> {
  events.stage('sending load by the k6 operator');
  const { perSecond: rate, reason: rateReason } = chooseRate(perSecond, []);
  const asked = arms
    .filter(({ name }) => name !== TWIN.name)
    .map((arm) => ({ name: arm.name, ...ground.requestOf(arm) }));
  const notes = await loadByK6Operator(
    session,
    asked,
    { runners, perSecond: rate, seconds, ...(limits && { limits }) },
    ground.signal,
  );
  return {
    mesh: session.mesh.driver.name,
    version: session.mesh.driver.versions.mesh,
    ...{ rate, rateReason, arms: states, notes },
    ...{ slices: [], saturation: [], slo: [], proxyResidentBytes: {} },
  };
}

function refuseWithoutBaseline(states: readonly ArmState[]): void {
  const broken = states.find(({ arm, unmeasurable }) => arm === BASELINE.name && unmeasurable !== undefined);
  if (broken?.unmeasurable === undefined) return;
  throw badInput(
    'E_NO_BASELINE',
    `a client and a server without proxies do not reach each other: ${broken.unmeasurable}`,
    'a benchmark needs a path past the mesh; look at network policies of the cluster',
  );
}

async function saturate(
  ground: Ground,
  arms: readonly Arm[],
  { ladderStepMs, seed }: BenchSettings,
  events: BenchEvents,
): Promise<readonly Saturation[]> {
  if (ladderStepMs === undefined) return [];
  const ladders: Saturation[] = [];
  for (const arm of arms.filter(({ name }) => name !== TWIN.name)) {
    events.stage(`saturating ${arm.name}`);
    ladders.push(await climbLadder(ground, arm, { stepMs: ladderStepMs, seed }));
  }
  return ladders;
}

/** An arm that cannot follow would push its backlog into the slices of others. */
function withinReach(
  states: readonly ArmState[],
  saturation: readonly Saturation[],
  perSecond: number,
): readonly ArmState[] {
  return states.map((state) => {
    const most = saturation.find(({ arm }) => arm === state.arm)?.fit?.maxPerSecond;
    if (state.unmeasurable !== undefined || state.arm === BASELINE.name || most === undefined || most > perSecond)
      return state;
    return {
      ...state,
      unmeasurable: `it does ${most.toFixed(0)} requests a second at most, and ${perSecond} are asked`,
    };
  });
}

/** Of the time of a trial: on average no request may wait longer for a connection. */
const LATE_SHARE = 0.1;

/** Tried twice, since a single hiccup is no inability. */
async function refuseUnreachable(ground: Ground, load: LoadOptions): Promise<void> {
  const told: string[] = [];
  for (const _attempt of [1, 2]) {
    const [recording] = await loadOnce(ground, BASELINE, load, WARM_MS.again);
    if (recording === undefined) continue;
    const { due, sent, response, service } = recording;
    // What is not sent in time is sent later, as long as the patience of the load lasts: a backlog shows in the waiting.
    const lateMs = (response.mean - service.mean) / 1000;
    if (due > 0 && sent >= 0.995 * due && lateMs <= LATE_SHARE * WARM_MS.again) return;
    told.push(`${sent} of ${due}, ${lateMs.toFixed(0)} ms late on average`);
  }
  throw badInput(
    'E_RATE_UNREACHABLE',
    `this machine cannot offer ${load.perSecond} requests a second: of those due it sent ${told.join(', then ')}`,
    'ask for less with --rate, give more connections with --connections, or end what else runs',
  );
}

async function keepPromise(
  ground: Ground,
  arms: readonly Arm[],
  settings: BenchSettings,
  saturation: readonly Saturation[],
  events: BenchEvents,
): Promise<readonly SloResult[]> {
  const { slo } = settings;
  if (slo === undefined || ground.signal.aborted) return [];
  const results: SloResult[] = [];
  for (const arm of arms.filter(({ name }) => name === BASELINE.name || name === 'both')) {
    events.stage(`searching the highest rate of ${arm.name} with ${slo.quantile} within ${slo.limitMs} ms`);
    const most = saturation.find((one) => one.arm === arm.name)?.fit?.maxPerSecond;
    results.push(await searchSlo(ground, arm, slo, { ...settings, ...(most === undefined ? {} : { most }) }));
  }
  return results;
}
