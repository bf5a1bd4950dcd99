/** Measures every kind of change that the mesh can be given, one series after the other, in one lane. */
import { CannotExpress } from '../cases/context.js';
import type { Environment, EnvironmentFacts } from '../environments/environment.js';
import { createSeededRandom } from '../../fixtures/agent/seeded-random.js';
import { HarnessError } from '../errors/harness-error.js';
import type { InstalledMesh } from '../mesh/driver.js';
import { now } from '../run/clock.js';
import { Lane } from '../run/lane.js';
import { inMesh, type SessionEnd, type SessionOptions } from '../run/mesh-session.js';
import { accessScenario } from './access-changes.js';
import { rotationScenario } from './certificate-changes.js';
import { clockStep } from './clock-offset.js';
import { churnScenario, outageScenario, type Disturbance } from './disturbed-changes.js';
import { CONVERGE, convergeWorkloads } from './fixture.js';
import { MeasurementsFile } from './measurements.js';
import type { Scenario } from './scenario.js';
import { Series, type MeasuredFlip } from './series.js';
import { burstScenario, newServiceScenario, shiftScenario } from './split-changes.js';
import { summarise, type ConvergenceSummary, type SeriesFacts } from './summary.js';

/** In the order in which they are measured. `allow` and `deny` are one series. */
export const CHANGES = [
  'split-shift',
  'allow',
  'deny',
  'new-service',
  'certificate-rotation',
  'burst',
  'churn',
  'control-plane-restart',
] as const;
export type ChangeName = (typeof CHANGES)[number];

export interface ConvergeOptions extends SessionOptions {
  readonly runId: string;
  readonly out: string;
  readonly proxies: number;
  readonly flips: number;
  readonly changes: readonly ChangeName[];
  readonly deadlineMs: number;
  readonly phaseMs: number;
  readonly events: SessionOptions['events'] & {
    flip(name: string, done: number, of: number): void;
    /** What one series gave, or as much of it as there was when something stopped it. */
    measured(findings: Findings): void;
  };
}

export interface Findings {
  readonly convergence: readonly ConvergenceSummary[];
  /** Changes that were asked for and not made, and why. */
  readonly left: readonly { readonly change: string; readonly why: string }[];
}

export interface ConvergeOutcome {
  /** By how much the clock on the wall stepped meanwhile, in milliseconds. */
  readonly clockStepMs: number;
  readonly environment: EnvironmentFacts;
}

interface SeriesPlan {
  readonly name: string;
  readonly changes: readonly ChangeName[];
  /** Of the flips asked for. */
  readonly flips: number;
  create(lane: Lane, proxies: number, disturbance: Disturbance): Scenario | undefined;
  /** Why there is none. */
  readonly otherwise: string;
}

/** Far above any answer of a healthy mesh, and short enough that a stream is not blind for long. */
const PROBE_TIMEOUT_MS = 2_000;
/** Outages last seconds each. */
const MOST_OUTAGES = 5;

const SERIES: readonly SeriesPlan[] = [
  one('split-shift', (lane, proxies) => shiftScenario(lane, proxies, { change: 'split-shift' })),
  { ...one('allow', accessScenario), name: 'access', changes: ['allow', 'deny'] },
  one('new-service', newServiceScenario),
  one('certificate-rotation', rotationScenario, 'the mesh cannot be asked to rotate certificates'),
  one('burst', burstScenario),
  one('churn', churnScenario),
  {
    ...one('control-plane-restart', outageScenario, 'the driver has no way to stop and start the control plane'),
    flips: MOST_OUTAGES,
  },
];

function one(change: ChangeName, create: SeriesPlan['create'], otherwise = ''): SeriesPlan {
  return { name: change, changes: [change], flips: Infinity, create, otherwise };
}

export async function measureConvergence(options: ConvergeOptions): Promise<ConvergeOutcome & SessionEnd> {
  return inMesh(options, async ({ env, mesh, clock }): Promise<ConvergeOutcome> => {
    const lane = new Lane({
      name: CONVERGE.name,
      fixture: CONVERGE,
      workloads: await convergeWorkloads(options.proxies),
      env,
      mesh,
      requestTimeoutMs: PROBE_TIMEOUT_MS,
    });
    using broken = watchPrograms(env, lane);
    await lane.setUp();
    clock.lap('workloadsMs');
    const signal = AbortSignal.any([options.signal, broken.signal]);
    const before = readClocks();
    try {
      for (const plan of SERIES.filter(({ changes }) => changes.some((name) => options.changes.includes(name))))
        await runSeries(plan, lane, { ...options, signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
    clock.lap('measurementMs');
    return { clockStepMs: clockStep(before, readClocks()), environment: env.facts() };
  });
}

async function runSeries(plan: SeriesPlan, lane: Lane, options: ConvergeOptions): Promise<void> {
  const { seed, proxies, deadlineMs, phaseMs, signal, events } = options;
  const random = createSeededRandom(seed);
  const leave = (why: string): void =>
    events.measured({ convergence: [], left: plan.changes.map((change) => ({ change, why })) });
  const flips = Math.min(options.flips, plan.flips);
  const measured: MeasuredFlip[] = [];
  let scenario: Scenario | undefined;
  try {
    scenario = plan.create(lane, proxies, { random, signal });
    if (scenario === undefined) return leave(plan.otherwise);
    const { streams } = scenario;
    events.stage(`${plan.name}: ${flips} changes of each kind, ${streams.length} proxies`);
    using file = new MeasurementsFile(options.out, plan.name, {
      mesh: options.driver.name,
      run: options.runId,
      seed,
      proxies,
    });
    const before = await rejections(lane.mesh);
    try {
      await Series.run({
        scenario,
        flips,
        deadlineMs,
        phaseMs,
        random,
        mesh: lane.mesh,
        pods: streams.map(({ proxy }) => lane.pod(proxy).pod),
        file,
        signal,
        onFlip: (flip) => {
          measured.push(flip);
          events.flip(plan.name, measured.length, flips * plan.changes.length);
        },
      });
    } finally {
      const refused = signal.aborted ? [] : (await rejections(lane.mesh)).filter((one) => !before.includes(one));
      const connections = streams[0]?.connections ?? 'reuse';
      const facts = { proxies: streams.length, deadlineMs, connections, nacks: refused.length };
      if (measured.length > 0) events.measured(findingsOf(plan.changes, measured, facts));
    }
  } catch (error) {
    if (!(error instanceof CannotExpress)) throw error;
    leave(error.message);
  }
}

function findingsOf(changes: readonly string[], measured: readonly MeasuredFlip[], facts: SeriesFacts): Findings {
  const made = changes.filter((change) => measured.some((flip) => flip.change === change));
  return {
    convergence: made.map((change) =>
      summarise(
        change,
        measured.filter((flip) => flip.change === change),
        facts,
      ),
    ),
    left: changes.filter((change) => !made.includes(change)).map((change) => ({ change, why: NOT_REACHED })),
  };
}

const NOT_REACHED = 'the changes before it never took effect';

/** What proxies refused, each as one text. */
async function rejections(mesh: InstalledMesh): Promise<readonly string[]> {
  const proxies = await mesh.proxies();
  return proxies.flatMap(({ namespace, pod, rejected }) =>
    rejected.map(
      ({ type, message, at }) => `${namespace}/${pod} ${type} ${message} ${message.includes(': ') ? '' : at}`,
    ),
  );
}

const readClocks = (): { wall: number; steady: number } => ({ wall: Date.now(), steady: now() });

/** A program of the lane that dies takes the measurement along. */
function watchPrograms(env: Environment, lane: Lane): { readonly signal: AbortSignal } & Disposable {
  const broken = new AbortController();
  const watch = env.onPodFailure((failure) => {
    if (!lane.owns(failure.pod)) return;
    broken.abort(
      new HarnessError({
        code: 'E_POD_DIED',
        message: `${failure.container} of ${failure.pod} ended by itself (exit code ${failure.exitCode ?? 'none'}, signal ${failure.signal ?? 'none'})`,
        hint: `look at ${failure.logFile}`,
      }),
    );
  });
  return { signal: broken.signal, [Symbol.dispose]: () => watch[Symbol.dispose]() };
}
