/** `meshgauge mutation`: whether the suite notices every deliberate defect of a mesh, and each case one of them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CASES, FIXTURES } from '../../suites/index.js';
import { readConfig } from '../config/config.js';
import { hostFacts } from '../environments/local/host.js';
import { openEnvironment } from '../environments/open-environment.js';
import { badInput, EXIT, type ExitCode } from '../errors/harness-error.js';
import { renderDocument } from '../mutation/document.js';
import { findFlaws, type Matrix } from '../mutation/matrix.js';
import { runMutation, type MutationEvents } from '../mutation/run.js';
import { selectCases } from '../run/plan.js';
import { endAtOnce } from './end-at-once.js';
import { listenForInterrupt } from './interrupt.js';
import { makeMeshPlan, openOptionsOf, type MeshFlags } from './mesh-plan.js';

export interface MutationFlags extends Pick<MeshFlags, 'mesh' | 'driver' | 'fault' | 'seed' | 'out' | 'keep'> {
  readonly case?: string[];
  readonly benches?: number;
  readonly minutes?: number;
  readonly all?: boolean;
  readonly document?: string;
}

const DEFAULT_BENCHES = 4;
/** Leaves time for the last cases, and for those that need a second look, within a quarter of an hour. */
const DEFAULT_MINUTES = 13;
const DEFAULT_SEED = 1;

/** @returns violated when a case or a fault is not as it says. */
export async function mutation(flags: MutationFlags): Promise<ExitCode> {
  const { fault: wanted, case: globs = [], benches = DEFAULT_BENCHES, minutes = DEFAULT_MINUTES } = flags;
  const plan = await makeMeshPlan({ ...flags, env: 'local', seed: flags.seed ?? DEFAULT_SEED }, readConfig(undefined));
  const known = plan.driver.faults ?? [];
  if (known.length === 0)
    throw badInput('E_NO_FAULTS', `${plan.driver.name} has no deliberate defects`, 'the reference mesh has');
  const cases = selectCases(CASES, { profile: 'full', cases: globs });
  const faults = wanted === undefined ? known : known.filter(({ name }) => wanted.includes(name));
  const isComplete = { cases: cases.length === CASES.length, faults: faults.length === known.length };
  const ids: string[] = [];
  using interrupt = listenForInterrupt(async () => {
    await Promise.all(ids.map((runId) => endAtOnce({ ...plan, runId })));
  });
  const { signal } = interrupt;
  const outcome = await runMutation({
    ...{ cases, faults, isComplete, benches, signal, fixtures: FIXTURES, events: tellProgress() },
    ...{ driver: plan.driver, driverOptions: plan.driverOptions, runId: plan.runId, seed: plan.seed, out: plan.out },
    ...(flags.all === true ? {} : { budgetMs: minutes * 60_000 }),
    createEnvironment: (runId) => {
      ids.push(runId);
      const quiet = { log: () => undefined };
      return openEnvironment({ ...openOptionsOf({ ...plan, runId }, { signal, ports: [] }), ...quiet });
    },
  });
  return report(outcome.matrix, renderDocument(outcome, { host: describeHost() }), outcome.leftovers, plan.out, flags);
}

function report(
  matrix: Matrix,
  page: string,
  leftovers: readonly string[],
  out: string,
  { document }: MutationFlags,
): ExitCode {
  const files = [join(out, 'mutation.md')];
  // A page about a part would be taken for the whole.
  if (document !== undefined && matrix.isComplete.cases && matrix.isComplete.faults) files.push(document);
  for (const file of files) writeFileSync(file, page);
  const flaws = findFlaws(matrix);
  for (const flaw of flaws) process.stdout.write(`${flaw}\n`);
  for (const left of leftovers) process.stderr.write(`left behind: ${left}\n`);
  const verdict = flaws.length === 0 ? 'as it should be' : `${flaws.length} things are not as they should be`;
  process.stdout.write(
    `${matrix.rows.length} cases × ${matrix.faults.length} faults: ${verdict}; ${files.join(', ')}\n`,
  );
  if (leftovers.length > 0) return EXIT.harness;
  return flaws.length === 0 ? EXIT.conformant : EXIT.violated;
}

function describeHost(): string {
  const { cpus, cpuModel } = hostFacts('local');
  return `${cpus} processors (${cpuModel})`;
}

/** On stderr, one line for each stage, and now and then how far it is. */
function tellProgress(): MutationEvents {
  const EVERY_MS = 10_000;
  let [name, total, done, toldAt] = ['', 0, 0, 0];
  return {
    stage: (next, jobs) => {
      [name, total, done, toldAt] = [next, jobs, 0, performance.now()];
      process.stderr.write(`${name}: ${total}\n`);
    },
    done: (what, { verdict }) => {
      done += 1;
      if (performance.now() - toldAt < EVERY_MS) return;
      toldAt = performance.now();
      process.stderr.write(`${name}: ${done} of ${total} (${what}: ${verdict})\n`);
    },
  };
}
