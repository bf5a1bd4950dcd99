/** `meshgauge run`: from options to a report folder and an exit code. */
import { randomInt } from 'node:crypto';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DRIVER_NAMES, loadDriver } from '../../drivers/index.js';
import type { Report } from '../../reports/index.js';
import { CASES, FIXTURES } from '../../suites/index.js';
import { PROFILES, type CaseRecord, type ProfileName } from '../cases/case.js';
import { readConfig, type Config } from '../config/config.js';
import { endRun } from '../environments/local/clean.js';
import { createLocalEnvironment } from '../environments/local/local-environment.js';
import { HarnessError, badInput, type ExitCode } from '../errors/harness-error.js';
import type { MeshDriver } from '../mesh/driver.js';
import { selectCases } from '../run/plan.js';
import { internalError, runCases, type RunOutcome } from '../run/runner.js';
import { checkReporter, showInMocha } from '../run/mocha.js';
import { createProgress } from '../run/progress.js';
import { listenForInterrupt } from './interrupt.js';
import { printReport, writeOutputs } from './output.js';
import { buildReport } from './report.js';
import { colorsFor } from './terminal-colors.js';

export interface RunFlags {
  readonly mesh?: string;
  readonly driver?: string;
  readonly env?: string;
  readonly profile?: string;
  readonly case?: string[];
  readonly grep?: string;
  readonly fault?: string[];
  readonly lanes?: number;
  readonly seed?: number;
  readonly keep?: boolean;
  readonly out?: string;
  readonly config?: string;
  readonly envoy?: string;
  readonly xds?: string;
  readonly portOffset?: number;
  readonly convergeDeadline?: number;
  readonly reporter?: string;
  readonly json?: boolean;
}

/** Everything decided before anything starts: all mistakes of the user are found here. */
interface RunPlan {
  readonly runId: string;
  readonly seed: number;
  readonly driver: MeshDriver;
  readonly driverSource: string;
  readonly profile: ProfileName;
  readonly cases: readonly CaseRecord[];
  readonly faults: readonly string[];
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly lanes: number;
  readonly out: string;
  readonly keep: boolean;
  readonly convergeDeadlineMs: number;
  readonly portOffset?: number;
}

const DEFAULT_LANES = 2;
const DEFAULT_CONVERGE_DEADLINE_MS = 5_000;
const ENVIRONMENTS = ['local'];

export async function run(flags: RunFlags): Promise<ExitCode> {
  const plan = await makePlan(flags, readConfig(flags.config));
  const startedAt = new Date();
  const colors = colorsFor(process.stderr);
  const progress = createProgress({
    stream: process.stderr,
    colors,
    total: plan.cases.length,
    live: process.stderr.isTTY === true,
  });
  process.stderr.write(
    colors.dim(
      `run ${plan.runId}: ${plan.driver.name} in local, profile ${plan.profile}, ${plan.cases.length} cases, seed ${plan.seed}\n`,
    ),
  );
  using interrupt = listenForInterrupt(() => endRun(plan.runId));
  const visible = showInMocha(plan.cases, {
    reporter: flags.reporter ?? progress.reporter,
    stage: progress.stage,
    started: progress.started,
  });
  const { outcome, error = outcome?.error } = await carryOut(plan, interrupt.signal, visible.events);
  await visible.finish();
  const report = buildReport({
    ...plan,
    startedAt,
    command: ['meshgauge', ...process.argv.slice(2)].join(' '),
    results: outcome?.results ?? [],
    environment: outcome?.environment ?? { name: 'local' },
    timings: outcome?.timings ?? {},
    interrupted: interrupt.signal.aborted,
    ...(error === undefined ? {} : { error }),
  });
  await keepReport(plan.out, report, error);
  for (const rejection of outcome?.rejections ?? [])
    process.stderr.write(`${colors.yellow('proxy refused configuration')} ${rejection}\n`);
  for (const leftover of outcome?.leftovers ?? [])
    process.stderr.write(`${colors.yellow('not cleaned up')} ${leftover}; see "meshgauge clean"\n`);
  printReport(report, { json: flags.json === true, outDir: plan.out });
  if (error !== undefined && !interrupt.signal.aborted)
    process.stderr.write(`meshgauge: ${error.message}\n  fix: ${error.hint}\n  code: ${error.code}\n`);
  return report.exit.code;
}

/** On a disk that is full already the first trouble is the one to tell, and the summary still reaches the terminal. */
async function keepReport(dir: string, report: Report, earlier: HarnessError | undefined): Promise<void> {
  try {
    await writeOutputs(dir, report);
  } catch (error) {
    if (earlier === undefined || !(error instanceof HarnessError)) throw error;
    process.stderr.write(`meshgauge: ${error.message}\n`);
  }
}

async function carryOut(
  plan: RunPlan,
  signal: AbortSignal,
  events: Parameters<typeof runCases>[0]['events'],
): Promise<{ outcome?: RunOutcome; error?: HarnessError }> {
  const { runId, seed, keep, portOffset } = plan;
  const createEnvironment = async () =>
    createLocalEnvironment({
      runId,
      seed,
      keep,
      log: (line) => process.stderr.write(`${line}\n`),
      ...(portOffset === undefined ? {} : { portOffset }),
    });
  try {
    return { outcome: await runCases({ ...plan, fixtures: FIXTURES, createEnvironment, signal, events }) };
  } catch (error) {
    return { error: error instanceof HarnessError ? error : internalError(error) };
  }
}

async function makePlan(flags: RunFlags, config: Config): Promise<RunPlan> {
  const profile = readProfile(flags.profile ?? config.profile ?? 'core');
  const env = flags.env ?? config.env ?? 'local';
  if (!ENVIRONMENTS.includes(env))
    throw badInput(
      'E_UNKNOWN_ENV',
      `no environment is called "${env}"`,
      `known environments: ${ENVIRONMENTS.join(', ')}`,
    );
  if (flags.mesh !== undefined && flags.driver !== undefined)
    throw badInput('E_MESH_AND_DRIVER', '--mesh and --driver name two meshes', 'give one of the two');
  const driverSource = flags.driver ?? flags.mesh ?? config.driver ?? config.mesh ?? 'reference';
  if (flags.mesh !== undefined && !DRIVER_NAMES.includes(flags.mesh)) {
    throw badInput(
      'E_UNKNOWN_MESH',
      `no mesh is called "${flags.mesh}"`,
      `known meshes: ${DRIVER_NAMES.join(', ')}; a driver of your own goes with --driver`,
    );
  }
  const driver = await loadDriver(driverSource);
  const faults = flags.fault ?? config.faults ?? [];
  checkFaults(driver, faults);
  if (flags.reporter !== undefined) checkReporter(flags.reporter);
  const seed = flags.seed ?? config.seed ?? randomInt(2 ** 31);
  const runId = `${Date.now().toString(36)}-${randomInt(36 ** 4)
    .toString(36)
    .padStart(4, '0')}`;
  const cases = selectCases(CASES, {
    profile,
    cases: flags.case ?? config.cases ?? [],
    ...(flags.grep === undefined ? {} : { grep: flags.grep }),
  });
  const portOffset = flags.portOffset ?? config.portOffset;
  return {
    runId,
    seed,
    driver,
    driverSource,
    profile,
    cases,
    faults,
    driverOptions: {
      ...config.options,
      ...(flags.envoy === undefined ? {} : { envoy: flags.envoy }),
      ...(flags.xds === undefined ? {} : { xds: flags.xds }),
    },
    lanes: Math.max(1, flags.lanes ?? config.lanes ?? DEFAULT_LANES),
    out: prepareOut(
      flags.out ??
        config.out ??
        join('meshgauge-report', `${timestamp()}-${driver.name.replace(/[^\w.-]/g, '_')}-${runId.slice(-4)}`),
    ),
    keep: flags.keep === true,
    convergeDeadlineMs: flags.convergeDeadline ?? config.convergeDeadlineMs ?? DEFAULT_CONVERGE_DEADLINE_MS,
    ...(portOffset === undefined ? {} : { portOffset }),
  };
}

function readProfile(name: string): ProfileName {
  const profile = PROFILES.find((known) => known === name);
  if (profile === undefined)
    throw badInput('E_UNKNOWN_PROFILE', `no profile is called "${name}"`, `known profiles: ${PROFILES.join(', ')}`);
  return profile;
}

function checkFaults(driver: MeshDriver, faults: readonly string[]): void {
  const known = (driver.faults ?? []).map(({ name }) => name);
  const unknown = faults.filter((fault) => !known.includes(fault));
  if (unknown.length === 0) return;
  const hint =
    known.length === 0
      ? `${driver.name} cannot be given defects; the reference mesh can`
      : `known faults: ${known.join(', ')}`;
  throw badInput('E_UNKNOWN_FAULT', `no fault of ${driver.name} is called ${unknown.join(', ')}`, hint);
}

/** A report is never mixed into what lies there already. */
function prepareOut(dir: string): string {
  const taken = statSync(dir, { throwIfNoEntry: false });
  if (taken?.isDirectory() === false) throw badInput('E_OUT_EXISTS', `--out ${dir} is a file`, 'choose a folder');
  if (taken !== undefined && readdirSync(dir).length > 0)
    throw badInput('E_OUT_EXISTS', `--out ${dir} exists and is not empty`, 'choose another folder, or remove this one');
  try {
    mkdirSync(dir, { recursive: true });
  } catch (cause) {
    throw badInput(
      'E_OUT_UNWRITABLE',
      `cannot create ${dir}: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`,
      'choose a folder you can write to',
    );
  }
  return dir;
}

const timestamp = (): string => new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, '').replace('T', '-');
