/** Environment up → mesh installed → whatever is to be done in it → teardown, each step undone even when it fails half-way. */
import type { Environment } from '../environments/environment.js';
import { EXIT, HarnessError } from '../errors/harness-error.js';
import type { InstalledMesh, MeshDriver, Problem } from '../mesh/driver.js';
import { Teardown } from './teardown.js';

export interface SessionOptions {
  readonly seed: number;
  readonly driver: MeshDriver;
  readonly createEnvironment: () => Promise<Environment>;
  readonly faults: readonly string[];
  readonly driverOptions: Readonly<Record<string, string>>;
  /** Traffic metrics will be asked for. */
  readonly metrics?: boolean;
  readonly signal: AbortSignal;
  /** Progress, as it happens. */
  readonly events: { stage(name: string): void };
}

export interface MeshSession {
  readonly env: Environment;
  readonly mesh: InstalledMesh;
  readonly clock: Stopwatch;
}

/** Names of stages to how long they took, in milliseconds, and what could not be undone, for the user to see. */
export interface SessionEnd {
  readonly timings: Readonly<Record<string, number>>;
  readonly leftovers: readonly string[];
}

/** Brings environment and mesh up, hands them to `use`, and takes both down again whatever happens. */
export async function inMesh<T>(
  options: SessionOptions,
  use: (session: MeshSession) => Promise<T>,
): Promise<T & SessionEnd> {
  const teardown = new Teardown();
  const clock = new Stopwatch();
  let leftovers: readonly string[] = [];
  let outcome: T;
  try {
    outcome = await bringUp(options, teardown, clock, use);
  } finally {
    options.events.stage('tearing down');
    leftovers = await teardown.run();
    clock.lap('teardownMs');
  }
  return { ...outcome, timings: clock.laps, leftovers };
}

async function bringUp<T>(
  options: SessionOptions,
  teardown: Teardown,
  clock: Stopwatch,
  use: (session: MeshSession) => Promise<T>,
): Promise<T> {
  const { driver, events, signal } = options;
  events.stage('starting the environment');
  const env = await options.createEnvironment();
  teardown.defer('environment', async () => env[Symbol.asyncDispose]());
  refuse([...(await env.preflight()), ...(await driver.preflight(env, options.driverOptions))]);
  clock.lap('environmentMs');
  signal.throwIfAborted();
  events.stage(`installing ${driver.name}`);
  const mesh = await driver.install(env, {
    seed: options.seed,
    faults: options.faults,
    options: options.driverOptions,
    ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
  });
  teardown.defer(`mesh ${driver.name}`, async () => mesh[Symbol.asyncDispose]());
  teardown.defer('pods', async () => env.vacate?.());
  clock.lap('installMs');
  signal.throwIfAborted();
  events.stage('starting workloads');
  return use({ env, mesh, clock });
}

function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const message = problems.map((problem) => problem.message).join('; ');
  const { code, exitCode = EXIT.harness } = first;
  throw new HarnessError({ code, message, hint: problems.map((problem) => problem.hint).join('; '), exitCode });
}

/** Laps of a run, in milliseconds. */
export class Stopwatch {
  readonly laps: Record<string, number> = {};
  #last = performance.now();

  lap(name: string): void {
    const now = performance.now();
    this.laps[name] = Math.round(now - this.#last);
    this.#last = now;
  }
}
