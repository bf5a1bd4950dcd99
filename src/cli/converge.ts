/** `meshgauge converge`: how fast changes take effect, from options to a report folder and an exit code. */
import { readConfig } from '../config/config.js';
import { CONVERGE, MAX_PROXIES } from '../converge/fixture.js';
import { headline } from '../converge/headline.js';
import { CHANGES, measureConvergence, type ChangeName, type ConvergeOutcome, type Findings } from '../converge/run.js';
import type { ConvergenceSummary } from '../converge/summary.js';
import { openEnvironment } from '../environments/open-environment.js';
import { asHarnessError, badInput, type ExitCode, type HarnessError } from '../errors/harness-error.js';
import type { SessionEnd } from '../run/mesh-session.js';
import { loadWorkloadSet } from '../workloads/workload-set.js';
import { endAtOnce } from './end-at-once.js';
import { listenForInterrupt } from './interrupt.js';
import { buildMeasurementReport } from './measurement-report.js';
import { makeMeshPlan, openOptionsOf, type MeshFlags, type MeshPlan } from './mesh-plan.js';
import { progressOf, tellEnd, writeOutputs } from './output.js';
import { colorsFor } from './terminal-colors.js';

export interface ConvergeFlags extends MeshFlags {
  /** How often each kind of change is made. */
  readonly flips?: number;
  readonly proxies?: number;
  readonly changes?: string[];
  /** Milliseconds after which a change counts as not come. */
  readonly deadline?: number;
  /** Fewer changes, and shorter pauses before them. */
  readonly quick?: boolean;
}

interface ConvergePlan extends MeshPlan {
  readonly flips: number;
  readonly proxies: number;
  readonly changes: readonly ChangeName[];
  readonly deadlineMs: number;
  readonly phaseMs: number;
}

const DEFAULTS = { flips: 30, proxies: 4, phaseMs: 3_000, deadlineMs: 60_000 } as const;
const QUICK = { flips: 6, phaseMs: 300 } as const;
/** A driver that knows how long its mesh may take is given three times as long to be measured. */
const PATIENCE = 3;

export async function converge(flags: ConvergeFlags): Promise<ExitCode> {
  const plan = await makePlan(flags);
  const startedAt = new Date();
  const colors = colorsFor(process.stderr);
  process.stderr.write(
    colors.dim(
      `converge: ${plan.driver.name} in ${plan.env}, ${plan.flips} changes of each kind, ${plan.proxies} proxies, seed ${plan.seed}, into ${plan.out}\n`,
    ),
  );
  using interrupt = listenForInterrupt(() => endAtOnce(plan));
  const { outcome, error, convergence, left } = await measure(plan, interrupt.signal);
  const report = buildMeasurementReport({
    plan,
    profile: 'converge',
    startedAt,
    ...(outcome === undefined ? {} : { environment: outcome.environment, timings: outcome.timings }),
    interrupted: interrupt.signal.aborted,
    ...(error === undefined ? {} : { error }),
    conclusion: headline({ convergence, left, clockStepMs: outcome?.clockStepMs ?? 0 }),
    measured: { convergence, unmeasured: left },
  });
  await writeOutputs(plan.out, report);
  const { signal } = interrupt;
  tellEnd(report, { flags, signal, outDir: plan.out, leftovers: outcome?.leftovers ?? [], ...(error && { error }) });
  return report.exit.code;
}

async function makePlan(flags: ConvergeFlags): Promise<ConvergePlan> {
  const changes = readChanges(flags.changes ?? CHANGES);
  const proxies = within('--proxies', flags.proxies ?? DEFAULTS.proxies, MAX_PROXIES);
  const flips = within('--flips', flags.flips ?? (flags.quick === true ? QUICK : DEFAULTS).flips, 10_000);
  const plan = await makeMeshPlan(flags, readConfig(flags.config));
  const { convergeDeadlineMs } = plan.driver;
  return {
    ...plan,
    flips,
    proxies,
    changes,
    deadlineMs:
      flags.deadline ?? (convergeDeadlineMs === undefined ? DEFAULTS.deadlineMs : PATIENCE * convergeDeadlineMs),
    phaseMs: (flags.quick === true ? QUICK : DEFAULTS).phaseMs,
  };
}

function readChanges(names: readonly string[]): readonly ChangeName[] {
  const known: readonly string[] = CHANGES;
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw badInput(
      'E_UNKNOWN_CHANGE',
      `no kind of change is called ${unknown.join(', ')}`,
      `known kinds: ${CHANGES.join(', ')}`,
    );
  return CHANGES.filter((change) => names.includes(change));
}

function within(flag: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw badInput('E_CONVERGE_OPTION', `${flag} ${value} cannot be`, `give a whole number from 1 to ${most}`);
}

interface Measured extends Findings {
  readonly outcome?: ConvergeOutcome & SessionEnd;
  readonly error?: HarnessError;
}

/** What was measured before a failure is kept. */
async function measure(plan: ConvergePlan, signal: AbortSignal): Promise<Measured> {
  const { stage } = progressOf(0);
  const convergence: ConvergenceSummary[] = [];
  const left: { change: string; why: string }[] = [];
  const events = {
    stage,
    flip: (name: string, done: number, of: number): void => stage(`${name}: ${done} of ${of}`),
    measured: (findings: Findings): void => {
      convergence.push(...findings.convergence);
      left.push(...findings.left);
    },
  };
  try {
    const { ports } = await loadWorkloadSet(CONVERGE.workloads);
    const createEnvironment = () => openEnvironment(openOptionsOf(plan, { signal, ports }));
    return { outcome: await measureConvergence({ ...plan, createEnvironment, signal, events }), convergence, left };
  } catch (error) {
    return { error: asHarnessError(error), convergence, left };
  }
}
