/** The life of a run: environment up → mesh installed → lanes → cases → teardown, each step undone even when it fails half-way. */
import type { CaseRecord } from '../cases/case.js';
import type { FixtureRecord } from '../cases/fixture.js';
import type { Environment, EnvironmentFacts, PodFailure } from '../environments/environment.js';
import { asHarnessError, HarnessError } from '../errors/harness-error.js';
import type { InstalledMesh } from '../mesh/driver.js';
import { loadWorkloadSet } from '../workloads/workload-set.js';
import type { CaseResult } from './case-result.js';
import { patienceForOne, patienceOf, type Patience } from './patience.js';
import { Lane, type LaneOptions } from './lane.js';
import { askForMetrics, MetricsAccess } from './metrics-access.js';
import { assignLanes, offers, type LanePlan } from './plan.js';
import { inMesh, type SessionOptions, type Stopwatch } from './mesh-session.js';
import { reasonOf, runCase, settleUnrun, type CaseSetting } from './run-case.js';

export interface RunOptions extends SessionOptions {
  readonly runId: string;
  readonly fixtures: readonly FixtureRecord[];
  readonly cases: readonly CaseRecord[];
  /** How many lanes run at once. */
  readonly lanes: number;
  readonly out: string;
  readonly convergeDeadlineMs: number;
  readonly events: RunEvents;
}

/** Progress, as it happens. */
export interface RunEvents {
  stage(name: string): void;
  caseStarted(record: CaseRecord): void;
  caseEnded(result: CaseResult): void;
}

export interface RunOutcome {
  readonly results: readonly CaseResult[];
  readonly environment: EnvironmentFacts;
  readonly timings: Readonly<Record<string, number>>;
  /** What could not be undone, for the user to see. */
  readonly leftovers: readonly string[];
  /** What the proxies refused, in their own words. */
  readonly rejections: readonly string[];
  /** What stopped the run between its cases; the results are those of the cases before. */
  readonly error?: HarnessError;
}

/** Where a proxy may stumble over a change that arrives while it starts, no case begins before all pods are up. */
const STARTS_DURING_CHANGES = 'feature:starts-during-changes';
/** A case may wait for so many changes in full, and never less than two minutes. */
const CASE_TIMEOUT = { gates: 12, leastMs: 120_000 } as const;
/** Far above any latency of a healthy mesh on a busy machine: an answer this late is no answer. */
export const REQUEST_TIMEOUT_MS = 8_000;

export async function runCases(options: RunOptions): Promise<RunOutcome> {
  return inMesh({ ...options, metrics: askForMetrics(options.cases) }, async ({ env, mesh, clock }) => {
    const ended = await runLanes(options, env, mesh, clock);
    clock.lap('casesMs');
    return { ...ended, environment: env.facts() };
  });
}

async function runLanes(
  options: RunOptions,
  env: Environment,
  mesh: InstalledMesh,
  clock: Stopwatch,
): Promise<Pick<RunOutcome, 'results' | 'error' | 'rejections'>> {
  const results: CaseResult[] = [];
  using metrics = new MetricsAccess(env, mesh);
  const stop = new AbortController();
  const setting = {
    runId: options.runId,
    seed: options.seed,
    mesh: options.driver.name,
    out: options.out,
    caseTimeoutMs: Math.max(CASE_TIMEOUT.leastMs, CASE_TIMEOUT.gates * options.convergeDeadlineMs),
    signal: AbortSignal.any([options.signal, stop.signal]),
    events: {
      ...options.events,
      caseEnded: (result: CaseResult): void => {
        results.push(result);
        options.events.caseEnded(result);
      },
    },
  };
  const lanes: ReadyLane[] = [];
  const queue = options.cases.filter(({ alone }) => alone !== true).sort(longestFirst);
  const loners = options.cases.filter(({ alone }) => alone === true);
  /** The last look at proxies before lanes leave, and all that are left. */
  const part = async (leaving: readonly ReadyLane[], before?: Promise<unknown>): Promise<readonly string[]> => {
    // A proxy of a lane that is just leaving answers no more.
    await before;
    const rejections = await rejectionsOf(mesh);
    await env.vacate?.(leaving.flatMap(({ lane }) => lane.namespaces()));
    return rejections;
  };
  const bringUp = async (plan: LanePlan): Promise<ReadyLane> => {
    setting.signal.throwIfAborted();
    const ready = await setUpLane(plan, options, { env, mesh, metrics });
    lanes.push(ready);
    return ready;
  };
  const plans = assignLanes(options.cases, options.lanes);
  const isCalm = !offers(mesh.capabilities, STARTS_DURING_CHANGES);
  const comingUp = isCalm ? plans.map(bringUp) : inTurn(plans, bringUp);
  // Without a first lane no case can begin, so waiting for it costs nothing.
  await Promise.allSettled(isCalm ? comingUp : comingUp.slice(0, 1));
  clock.lap('workloadsMs');
  let failure: unknown;
  const stopAll = (reason: unknown): void => stop.abort((failure ??= reason));
  const waiting = [...comingUp];
  const worker = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await runLane(await one, queue, setting);
  };
  await Promise.all(Array.from({ length: Math.max(1, options.lanes) }, () => worker().catch(stopAll)));
  await Promise.allSettled(comingUp);
  if (lanes.length === 0) throw failure;
  const grounds = groundsOf(loners, lanes);
  // What is told to go while loners run needs no waiting for at the end.
  const partings = [part(lanes.filter((lane) => !grounds.includes(lane)))];
  for (const lane of grounds) {
    await runLane(lane, loners, setting).catch(stopAll);
    partings.push(part([lane], partings.at(-1)));
  }
  const rejections = new Set((await Promise.all(partings)).flat());
  const interrupted = options.signal.aborted;
  if (failure === undefined || interrupted) settleRest([...queue, ...loners], lanes, setting);
  const order = new Map(options.cases.map(({ id }, index) => [id, index]));
  results.sort((a, b) => (order.get(a.record.id) ?? 0) - (order.get(b.record.id) ?? 0));
  return {
    results,
    rejections: [...rejections],
    ...(failure === undefined || interrupted ? {} : { error: asHarnessError(failure) }),
  };
}

const longestFirst = (a: CaseRecord, b: CaseRecord): number =>
  Number(b.startsPods ?? false) - Number(a.startsPods ?? false);

/**
 * One after the other, in order: the first has its cases going while the others still get up. One that fails fails those after it.
 */
function inTurn<Plan, Ready>(plans: readonly Plan[], bringUp: (plan: Plan) => Promise<Ready>): Promise<Ready>[] {
  let before: Promise<unknown> = Promise.resolve();
  return plans.map((plan) => {
    const ready = before.then(() => bringUp(plan));
    before = ready;
    // Whoever waits for it hears of the failure; nobody may be left to.
    ready.catch(() => undefined);
    return ready;
  });
}

/** One lane for each fixture of the cases that run alone: one whose programs are all alive. */
function groundsOf(loners: readonly CaseRecord[], lanes: readonly ReadyLane[]): readonly ReadyLane[] {
  const fixtures = new Set(loners.map(({ fixture }) => fixture));
  return [...fixtures].flatMap(
    (name) => lanes.find(({ lane, broken }) => lane.fixture.name === name && !broken.aborted) ?? [],
  );
}

interface ReadyLane {
  readonly lane: Lane;
  readonly patience: Patience;
  /** Aborted when a program of the lane dies. */
  readonly broken: AbortSignal;
  /** The case that runs here: it alone is hurt when a program of a pod dies that it started itself. */
  current: AbortController;
}

type LaneSetting = Omit<CaseSetting, 'patience' | 'broken'> & { readonly events: RunEvents };

async function setUpLane(
  plan: LanePlan,
  options: RunOptions,
  ground: Pick<LaneOptions, 'env' | 'mesh' | 'metrics'>,
): Promise<ReadyLane> {
  const fixture = options.fixtures.find(({ name }) => name === plan.fixture);
  if (fixture === undefined)
    throw new HarnessError({
      code: 'E_NO_FIXTURE',
      message: `no fixture is called ${plan.fixture}`,
      hint: 'a case names a fixture that suites/fixtures.ts does not define',
    });
  const lane = new Lane({
    name: plan.name,
    fixture,
    workloads: await loadWorkloadSet(fixture.workloads),
    ...ground,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  const broken = new AbortController();
  const patience = patienceOf(options.convergeDeadlineMs);
  const ready: ReadyLane = { lane, patience, broken: broken.signal, current: new AbortController() };
  ground.env.onPodFailure((failure) => {
    if (!lane.owns(failure.pod)) return;
    (lane.needs(failure.pod) ? broken : ready.current).abort(failureOf(failure));
  });
  await lane.setUp();
  return ready;
}

/** Takes the next case of its fixture, whichever lane that would be, until there is none or its ground is gone. */
async function runLane(ready: ReadyLane, queue: CaseRecord[], { events, ...setting }: LaneSetting): Promise<void> {
  const { lane } = ready;
  const wholeLane = AbortSignal.any([setting.signal, ready.broken]);
  while (!wholeLane.aborted) {
    const index = queue.findIndex(({ fixture }) => fixture === lane.fixture.name);
    const [record] = index < 0 ? [] : queue.splice(index, 1);
    if (record === undefined) return;
    const patience = record.alone === true ? patienceForOne(ready.patience) : ready.patience;
    ready.current = new AbortController();
    const broken = AbortSignal.any([ready.broken, ready.current.signal]);
    const signal = AbortSignal.any([setting.signal, broken]);
    events.caseStarted(record);
    events.caseEnded(await runCase(record, lane, { ...setting, patience, signal, broken }));
  }
}

/** Cases that no lane was left for, and why. */
function settleRest(
  cases: readonly CaseRecord[],
  lanes: readonly ReadyLane[],
  { events, ...setting }: LaneSetting,
): void {
  for (const record of cases) {
    const ground = lanes.find(({ lane }) => lane.fixture.name === record.fixture)?.broken;
    const reason: unknown = (setting.signal.aborted ? setting.signal : ground)?.reason;
    events.caseStarted(record);
    events.caseEnded(settleUnrun(record, setting, 'error', `not run: ${reasonOf(reason)}`));
  }
}

/** Characters: a proxy's warnings may be paragraphs. */
const LOG_LINE_SHOWN = 160;

function failureOf({ pod, container, exitCode, signal, logTail, logFile }: PodFailure): HarnessError {
  const how = signal === null ? `with exit code ${exitCode ?? '?'}` : `by ${signal}`;
  const last = (logTail.trim().split('\n').at(-1) ?? '').slice(0, LOG_LINE_SHOWN);
  return new HarnessError({
    code: 'E_POD_DIED',
    message: `${container} of pod ${pod} ended ${how} in mid-run${last === '' ? '' : `: ${last}`}`,
    hint: `run again with --keep to keep its log, ${logFile}; what was measured until then is kept`,
  });
}

/** Told beside the verdicts, so whatever fails here must not cost them. */
async function rejectionsOf(mesh: InstalledMesh): Promise<readonly string[]> {
  try {
    const proxies = await mesh.proxies();
    return proxies.flatMap(({ pod, rejected }) =>
      rejected.map(({ type, message }) => `${pod} refused ${type}: ${message}`),
    );
  } catch (error) {
    return [reasonOf(error)];
  }
}
