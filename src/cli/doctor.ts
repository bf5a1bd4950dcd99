/** `meshgauge doctor`: every check at once, each failure with its way out. */
import { DRIVER_NAMES, loadDriver } from '../../drivers/index.js';
import { cleanLeftovers } from '../environments/local/clean.js';
import { createLocalEnvironment } from '../environments/local/local-environment.js';
import { EXIT, type ExitCode } from '../errors/harness-error.js';
import type { Problem } from '../mesh/driver.js';
import { listWorkloadSets, loadWorkloadSet } from '../workloads/workload-set.js';
import { colorsFor } from './terminal-colors.js';

interface Check {
  readonly name: string;
  readonly problems: readonly Problem[];
}

export async function doctor(options: { json?: boolean }): Promise<ExitCode> {
  const checks = await runChecks();
  const healthy = checks.every(({ problems }) => problems.length === 0);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ healthy, checks }, null, 2)}\n`);
    return healthy ? EXIT.conformant : EXIT.harness;
  }
  const colors = colorsFor(process.stdout);
  for (const { name, problems } of checks) {
    process.stdout.write(`${problems.length === 0 ? colors.green('✓') : colors.red('✗')} ${name}\n`);
    for (const { code, message, hint } of problems)
      process.stdout.write(`    ${message}\n    fix: ${hint}\n    code: ${code}\n`);
  }
  return healthy ? EXIT.conformant : EXIT.harness;
}

async function runChecks(): Promise<readonly Check[]> {
  const sets = await Promise.all((await listWorkloadSets()).map((name) => loadWorkloadSet(name)));
  await using env = createLocalEnvironment({
    runId: `doctor-${process.pid}`,
    seed: 0,
    keep: false,
    log: () => undefined,
    ports: [...new Set(sets.flatMap(({ ports }) => ports))],
  });
  const drivers = await Promise.all(DRIVER_NAMES.map((name) => loadDriver(name)));
  const local = drivers.filter(({ environments }) => environments.includes(env.name));
  return [
    { name: `Node ${process.version}`, problems: [] },
    { name: 'environment local: loopback addresses, ports, disk, open files', problems: await env.preflight() },
    ...(await Promise.all(
      local.map(async (driver) => ({
        name: `mesh ${driver.name} in ${env.name}`,
        problems: await driver.preflight(env),
      })),
    )),
    { name: 'nothing left behind by killed runs', problems: await findLeftovers() },
  ];
}

async function findLeftovers(): Promise<readonly Problem[]> {
  const { processes, directories } = await cleanLeftovers({ dryRun: true });
  if (processes.length + directories.length === 0) return [];
  const message = `killed runs left ${processes.length} processes and ${directories.length} folders behind`;
  return [{ code: 'E_LEFTOVERS', message, hint: 'meshgauge clean' }];
}
