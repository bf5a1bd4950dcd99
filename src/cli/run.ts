/** `meshgauge run`: from options to a report folder and an exit code. */
import type { Report } from '../../reports/index.js';
import { FIXTURES } from '../../suites/index.js';
import { readConfig } from '../config/config.js';
import { openEnvironment } from '../environments/open-environment.js';
import { asHarnessError, HarnessError, type ExitCode } from '../errors/harness-error.js';
import type { PortKey } from '../mesh/driver.js';
import { runCases, type RunOutcome } from '../run/runner.js';
import { showInMocha } from '../run/mocha.js';
import { loadWorkloadSet } from '../workloads/workload-set.js';
import { endAtOnce } from './end-at-once.js';
import { listenForInterrupt } from './interrupt.js';
import { progressOf, tellEnd, writeOutputs } from './output.js';
import { buildReport } from './report.js';
import { openOptionsOf } from './mesh-plan.js';
import { makePlan, type RunFlags, type RunPlan } from './run-plan.js';
import { colorsFor } from './terminal-colors.js';

export async function run(flags: RunFlags): Promise<ExitCode> {
  const plan = await makePlan(flags, readConfig(flags.config));
  const startedAt = new Date();
  const colors = colorsFor(process.stderr);
  const progress = progressOf(plan.cases.length);
  process.stderr.write(
    colors.dim(
      `run ${plan.runId}: ${plan.driver.name} in ${plan.env}, profile ${plan.profile}, ${plan.cases.length} cases, seed ${plan.seed}\n`,
    ),
  );
  using interrupt = listenForInterrupt(() => endAtOnce(plan));
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
    environment: outcome?.environment ?? { name: plan.env },
    timings: outcome?.timings ?? {},
    interrupted: interrupt.signal.aborted,
    ...(error === undefined ? {} : { error }),
  });
  await keepReport(plan.out, report, error);
  for (const rejection of outcome?.rejections ?? [])
    process.stderr.write(`${colors.yellow('proxy refused configuration')} ${rejection}\n`);
  const { signal } = interrupt;
  tellEnd(report, { flags, signal, outDir: plan.out, leftovers: outcome?.leftovers ?? [], ...(error && { error }) });
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
  const createEnvironment = async () => openEnvironment(openOptionsOf(plan, { signal, ports: await portsOf(plan) }));
  try {
    return { outcome: await runCases({ ...plan, fixtures: FIXTURES, createEnvironment, signal, events }) };
  } catch (error) {
    return { error: asHarnessError(error) };
  }
}

/** Ports that the workloads of the chosen cases listen on. */
async function portsOf({ cases }: RunPlan): Promise<readonly PortKey[]> {
  const fixtures = new Set(cases.map(({ fixture }) => fixture));
  const names = new Set(FIXTURES.filter(({ name }) => fixtures.has(name)).map(({ workloads }) => workloads));
  const sets = await Promise.all([...names].map((name) => loadWorkloadSet(name)));
  return [...new Set(sets.flatMap(({ ports }) => ports))];
}
