/** A mesh with one fixture in it, whose faults come and go: on it cases run one after the other, each with a fault of its own. */
import { setMaxListeners } from 'node:events';
import type { CaseRecord } from '../cases/case.js';
import type { FixtureRecord } from '../cases/fixture.js';
import { HarnessError } from '../errors/harness-error.js';
import type { FaultSwitch } from '../mesh/driver.js';
import type { CaseResult } from '../run/case-result.js';
import { Lane } from '../run/lane.js';
import { MetricsAccess } from '../run/metrics-access.js';
import { inMesh, type SessionOptions } from '../run/mesh-session.js';
import { patienceOf } from '../run/patience.js';
import { runCase } from '../run/run-case.js';
import { REQUEST_TIMEOUT_MS } from '../run/runner.js';
import { loadWorkloadSet } from '../workloads/workload-set.js';

export interface BenchOptions extends Omit<SessionOptions, 'faults' | 'events'> {
  readonly runId: string;
  readonly fixture: FixtureRecord;
}

/** How one case is to be run. */
export interface Trial {
  /** Folder of its evidence. */
  readonly out: string;
  readonly convergeDeadlineMs: number;
  readonly endAtViolation: boolean;
}

/** No case takes longer unless something is stuck. */
const CASE_TIMEOUT_MS = 120_000;
/** The same in every bench: names of namespaces must not make two verdicts different. */
const LANE = 'lane1';

/**
 * Brings a bench up, hands it to `use` and takes it down whatever happens.
 * @throws HarnessError when the mesh cannot change its faults while it runs.
 */
export async function onBench(options: BenchOptions, use: (bench: Bench) => Promise<void>): Promise<readonly string[]> {
  const { leftovers } = await inMesh(
    { ...options, faults: [], events: { stage: () => undefined } },
    async (session) => {
      const { env, mesh } = session;
      if (mesh.faults === undefined) throw notSwitchable(mesh.driver.name);
      const { fixture } = options;
      const workloads = await loadWorkloadSet(fixture.workloads);
      using metrics = new MetricsAccess(env, mesh);
      const lane = new Lane({
        name: LANE,
        fixture,
        workloads,
        env,
        mesh,
        metrics,
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
      });
      const bench = new Bench(options, lane, mesh.faults);
      using _listening = env.onPodFailure(({ pod, container }) =>
        bench.loseProgram(lane.needs(pod), `${container} of pod ${pod} ended`),
      );
      await lane.setUp();
      await use(bench);
      return {};
    },
  );
  return leftovers;
}

export class Bench {
  readonly fixture: string;
  readonly #options: BenchOptions;
  readonly #lane: Lane;
  readonly #faults: FaultSwitch;
  readonly #broken = new AbortController();
  #current = new AbortController();

  constructor(options: BenchOptions, lane: Lane, faults: FaultSwitch) {
    this.fixture = options.fixture.name;
    this.#options = options;
    this.#lane = lane;
    this.#faults = faults;
    setMaxListeners(0, this.#broken.signal);
  }

  /** A program that all cases need has ended: nothing can be learnt here any more. */
  get isBroken(): boolean {
    return this.#broken.signal.aborted;
  }

  /** @param needed by all cases, and not only by the one that runs. */
  loseProgram(needed: boolean, what: string): void {
    (needed ? this.#broken : this.#current).abort(new Error(what));
  }

  async run(record: CaseRecord, fault: string, trial: Trial): Promise<CaseResult> {
    await this.#faults.set([fault]);
    return this.#run(record, trial);
  }

  /** Runs the case without a fault, and says which of them would have made a difference before it had seen all. */
  async control(
    record: CaseRecord,
    faults: readonly string[],
    trial: Trial,
  ): Promise<{ readonly result: CaseResult; readonly reached: readonly string[] }> {
    await this.#faults.set([]);
    using watch = this.#faults.watch(faults);
    let reached: readonly string[] = [];
    const watched: CaseRecord = {
      ...record,
      run: async (ctx) => {
        await record.run(ctx);
        // What is cleared away afterwards decides nothing any more.
        reached = watch.reached();
      },
    };
    return { result: await this.#run(watched, trial), reached };
  }

  async #run(record: CaseRecord, { out, convergeDeadlineMs, endAtViolation }: Trial): Promise<CaseResult> {
    const { driver, runId, seed, signal } = this.#options;
    this.#current = new AbortController();
    const broken = AbortSignal.any([this.#broken.signal, this.#current.signal]);
    return runCase(record, this.#lane, {
      ...{ runId, seed, mesh: driver.name, out },
      patience: patienceOf(convergeDeadlineMs),
      signal: AbortSignal.any([signal, broken]),
      broken,
      caseTimeoutMs: CASE_TIMEOUT_MS,
      endAtViolation,
    });
  }
}

function notSwitchable(name: string): HarnessError {
  return new HarnessError({
    code: 'E_FAULT_SWITCH',
    message: `${name} cannot be given faults while it runs`,
    hint: 'mutation testing needs a mesh that comes with faults, such as the reference mesh',
  });
}
