/**
 * The suite against every fault: one run without any shows which faults touch which cases at all; of those the cases that name a fault
 * are run with it, and then the others, as far as time goes.
 */
import { randomInt } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CaseRecord } from '../cases/case.js';
import type { FixtureRecord } from '../cases/fixture.js';
import { createSeededRandom } from '../../fixtures/agent/seeded-random.js';
import type { Environment } from '../environments/environment.js';
import type { FaultInfo, MeshDriver } from '../mesh/driver.js';
import type { CaseResult } from '../run/case-result.js';
import { askForMetrics } from '../run/metrics-access.js';
import { assignLanes } from '../run/plan.js';
import { onBench, type Bench, type Trial } from './bench.js';
import { JobQueue, type Work } from './job-queue.js';
import { isSurprising, markOf, names, type Decision, type Matrix, type Outcome, type Row } from './matrix.js';

export interface MutationOptions {
  readonly driver: MeshDriver;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly fixtures: readonly FixtureRecord[];
  readonly cases: readonly CaseRecord[];
  readonly faults: readonly FaultInfo[];
  readonly isComplete: Matrix['isComplete'];
  /** Opens an environment of its own for each bench. */
  readonly createEnvironment: (runId: string) => Promise<Environment>;
  readonly runId: string;
  readonly benches: number;
  readonly seed: number;
  readonly out: string;
  /** After so long nothing is begun that no case asks for; undefined: everything is run. */
  readonly budgetMs?: number;
  readonly signal: AbortSignal;
  readonly events: MutationEvents;
}

export interface MutationEvents {
  stage(name: string, jobs: number): void;
  done(what: string, decision: Decision): void;
}

/** The matrix, how long its parts took, and what could not be taken down. */
export interface MutationOutcome {
  readonly matrix: Matrix;
  readonly timings: Readonly<Record<string, number>>;
  readonly leftovers: readonly string[];
}

interface Cell {
  readonly row: Row;
  readonly fault: FaultInfo;
}

interface Job extends Work {
  carryOut(bench: Bench): Promise<void>;
}

/** Control runs, and whatever needs a second look, are given the time that a run gives. */
const PATIENT_DEADLINE_MS = 5_000;
/** With a fault many a change never shows: nobody waits longer than this many times as long as the slowest change took without one. */
const HASTE = { slowest: 2, leastMs: 1_000, mostMs: 2_500 } as const;
/** Cases that take no longer than so many times as long as half of them are run before the others. */
const QUICK = 2;
/** A bench that lost a program is replaced; one that loses one again and again says that something else is wrong. */
const BENCHES_AT_MOST = 5;

export async function runMutation(options: MutationOptions): Promise<MutationOutcome> {
  return new Mutation(options).run();
}

class Mutation {
  readonly #options: MutationOptions;
  readonly #queue = new JobQueue<Job>();
  readonly #outcomes = new Map<string, Outcome>();
  readonly #stop = new AbortController();
  readonly #startedAt = performance.now();
  readonly #timings: Record<string, number> = {};

  constructor(options: MutationOptions) {
    this.#options = options;
  }

  async run(): Promise<MutationOutcome> {
    const { cases, benches, signal } = this.#options;
    signal.addEventListener('abort', () => this.#stop.abort(signal.reason), { once: true });
    this.#stop.signal.addEventListener('abort', () => this.#queue.close(), { once: true });
    // Every job listens, and all of them at once are no leak.
    setMaxListeners(0, this.#stop.signal);
    const workers = assignLanes(cases, benches).map(({ fixture }) => this.#work(fixture));
    const all = Promise.all(workers);
    try {
      // Whichever ends first: without benches nothing can be decided.
      const matrix = await Promise.race([
        this.#decide(),
        all.then(() => Promise.reject(new Error('no bench is left'))),
      ]);
      this.#queue.close();
      const leftovers = (await all).flat();
      this.#lap('teardown');
      return { matrix, timings: this.#timings, leftovers };
    } finally {
      this.#queue.close();
      await Promise.allSettled(workers);
    }
  }

  async #decide(): Promise<Matrix> {
    const { faults, seed, isComplete } = this.#options;
    const rows: Row[] = [];
    const touched: Cell[] = [];
    const controls = await this.#controls();
    const slowestMs = Math.max(...controls.map(({ result }) => result.convergence?.stableMs ?? 0));
    for (const { result, reached } of controls) {
      const row = { record: result.record, control: decisionOf(result), durationMs: result.durationMs };
      rows.push(row);
      for (const fault of faults) {
        const isTouched = reached.includes(fault.name);
        this.#outcomes.set(keyOf(row.record, fault), { how: isTouched ? 'left' : 'untouched' });
        if (isTouched && row.control.verdict !== 'unsupported') touched.push({ row, fault });
      }
    }
    const matrix: Matrix = {
      ...{ rows, faults, seed, isComplete },
      at: (record, fault) => this.#outcomes.get(keyOf(record, fault)) ?? { how: 'left' },
    };
    const hasty = Math.min(HASTE.mostMs, Math.max(HASTE.leastMs, HASTE.slowest * slowestMs));
    const trial = { convergeDeadlineMs: hasty, endAtViolation: true };
    const declared = touched
      .filter(({ row, fault }) => names(row.record, fault))
      .sort((a, b) => faults.indexOf(a.fault) - faults.indexOf(b.fault));
    await this.#trials('cases that name a fault', declared, trial);
    await this.#secondLooks(matrix, declared);
    const others = touched.filter((cell) => !declared.includes(cell));
    for (const [name, cells] of inOrder(others, seed)) await this.#trials(name, cells, trial, this.#options.budgetMs);
    await this.#secondLooks(matrix, others);
    return matrix;
  }

  /** A verdict that nobody said would come, is asked for again with all the time that a run has. */
  async #secondLooks(matrix: Matrix, cells: readonly Cell[]): Promise<void> {
    const surprising = cells.filter(({ row, fault }) => {
      const outcome = matrix.at(row.record, fault);
      if (outcome.how !== 'ran') return false;
      return outcome.decision.verdict === 'error' || isSurprising(row, fault, markOf(matrix, row, fault));
    });
    await this.#trials('second looks', surprising, { convergeDeadlineMs: PATIENT_DEADLINE_MS, endAtViolation: false });
  }

  async #controls(): Promise<readonly { readonly result: CaseResult; readonly reached: readonly string[] }[]> {
    const { cases, faults, out } = this.#options;
    const all = faults.map(({ name }) => name);
    const trial = { out: join(out, 'control'), convergeDeadlineMs: PATIENT_DEADLINE_MS, endAtViolation: false };
    // Those that start pods take longest: nobody is to wait for them in the end.
    const order = cases.toSorted((a, b) => Number(b.startsPods ?? false) - Number(a.startsPods ?? false));
    const done = await this.#stage(
      'without a fault',
      order.map((record) => ({
        work: { fixture: record.fixture },
        what: record.id,
        carryOut: (bench: Bench) => bench.control(record, all, trial),
        decided: ({ result }: { result: CaseResult }) => decisionOf(result),
      })),
    );
    const place = new Map(cases.map(({ id }, index) => [id, index]));
    return done
      .filter((each) => each !== undefined)
      .sort((a, b) => (place.get(a.result.record.id) ?? 0) - (place.get(b.result.record.id) ?? 0));
  }

  async #trials(name: string, cells: readonly Cell[], trial: Omit<Trial, 'out'>, budgetMs?: number): Promise<void> {
    await this.#stage(
      name,
      cells.map(({ row: { record }, fault }) => ({
        work: { fixture: record.fixture, fault: fault.name },
        what: `${record.id} with ${fault.name}`,
        carryOut: async (bench: Bench) => {
          const out = join(this.#options.out, fault.name);
          let result = await bench.run(record, fault.name, { ...trial, out });
          if (result.endedEarly === true && result.verdict !== 'fail')
            result = await bench.run(record, fault.name, { ...trial, out, endAtViolation: false });
          this.#outcomes.set(keyOf(record, fault), { how: 'ran', decision: decisionOf(result) });
          // Thousands of them would fill a disk; what is looked at a second time stays.
          if (trial.endAtViolation) await rm(join(out, result.evidence.file));
          return result;
        },
        decided: decisionOf,
      })),
      budgetMs,
    );
  }

  /** Lets the benches do all of it; answers in the order given, with undefined for what there was no time for. */
  async #stage<T>(
    name: string,
    items: readonly {
      readonly work: Work;
      readonly what: string;
      readonly carryOut: (bench: Bench) => Promise<T>;
      readonly decided: (done: T) => Decision;
    }[],
    budgetMs?: number,
  ): Promise<readonly (T | undefined)[]> {
    if (items.length === 0) return [];
    const { events } = this.#options;
    events.stage(name, items.length);
    const skips = new Map<Job, () => void>();
    const results = items.map(
      ({ work, what, carryOut, decided }) =>
        new Promise<T | undefined>((resolve, reject) => {
          const job: Job = {
            ...work,
            carryOut: async (bench) => {
              const done = await carryOut(bench);
              // The next bench takes it up again.
              if (bench.isBroken) return void this.#queue.add([job]);
              events.done(what, decided(done));
              resolve(done);
            },
          };
          skips.set(job, () => resolve(undefined));
          this.#stop.signal.addEventListener('abort', () => reject(this.#stop.signal.reason), { once: true });
          this.#queue.add([job]);
        }),
    );
    const leftMs = budgetMs === undefined ? undefined : Math.max(0, budgetMs - (performance.now() - this.#startedAt));
    const timer =
      leftMs === undefined
        ? undefined
        : setTimeout(() => this.#queue.withdraw().forEach((job) => skips.get(job)?.()), leftMs);
    try {
      return await Promise.all(results);
    } finally {
      clearTimeout(timer);
      this.#lap(name);
    }
  }

  /** Answers what could not be taken down. */
  async #work(fixtureName: string): Promise<readonly string[]> {
    const { cases, fixtures, createEnvironment, driver, driverOptions, seed } = this.#options;
    const fixture = fixtures.find(({ name }) => name === fixtureName);
    if (fixture === undefined) throw new Error(`no fixture is called ${fixtureName}`);
    const leftovers: string[] = [];
    let isDone = false;
    try {
      for (let tries = 1; !isDone; tries += 1) {
        if (tries > BENCHES_AT_MOST)
          throw new Error(`${BENCHES_AT_MOST} benches of fixture ${fixtureName} lost a program`);
        const runId = `${this.#options.runId}-${randomInt(36 ** 3).toString(36)}`;
        const session = { runId, seed, driver, driverOptions, fixture, signal: this.#stop.signal };
        const metrics = askForMetrics(cases);
        const left = await onBench(
          { ...session, metrics, createEnvironment: () => createEnvironment(runId) },
          async (bench) => {
            let fault: string | undefined;
            while (!bench.isBroken) {
              const job = await this.#queue.take({ fixture: fixtureName, ...(fault === undefined ? {} : { fault }) });
              if (job === undefined) return void (isDone = true);
              ({ fault } = job);
              await job.carryOut(bench);
            }
          },
        );
        leftovers.push(...left);
      }
    } catch (error) {
      this.#stop.abort(error);
      throw error;
    }
    return leftovers;
  }

  #lap(name: string): void {
    const before = Object.values(this.#timings).reduce((sum, ms) => sum + ms, 0);
    this.#timings[name] = (this.#timings[name] ?? 0) + Math.round(performance.now() - this.#startedAt - before);
  }
}

const keyOf = ({ id }: CaseRecord, { name }: FaultInfo): string => `${id} ${name}`;

/** Figures in a reading are measurements, which differ from run to run. */
const MEASURED = /\d+(\.\d+)?(?= ?(ms|s|%))/g;

function decisionOf({ record, verdict, variant, reason }: CaseResult): Decision {
  const isRead = record.class === 'A' && variant !== undefined;
  return { verdict, reason, ...(isRead ? { reading: variant.replace(MEASURED, '#') } : {}) };
}

/** Quick cases before slow ones, so that most of the matrix is seen; within both, faults in an order drawn from the seed. */
function inOrder(cells: readonly Cell[], seed: number): readonly (readonly [string, readonly Cell[]])[] {
  const durations = cells.map(({ row }) => row.durationMs).sort((a, b) => a - b);
  const limitMs = QUICK * (durations[Math.floor(durations.length / 2)] ?? 0);
  const random = createSeededRandom(seed);
  const rank = new Map([...new Set(cells.map(({ fault }) => fault))].map((fault) => [fault, random()]));
  const shuffled = cells.toSorted((a, b) => (rank.get(a.fault) ?? 0) - (rank.get(b.fault) ?? 0));
  return [
    ['other cases that a fault touches', shuffled.filter(({ row }) => row.durationMs <= limitMs)],
    ['slow ones among them', shuffled.filter(({ row }) => row.durationMs > limitMs)],
  ];
}
