/** `meshgauge doctor`: every check at once, each failure with its way out. */
import { DRIVER_NAMES, loadDriver } from '../../drivers/index.js';
import { createLocalEnvironment } from '../environments/local/local-environment.js';
import { ENVIRONMENT_NAMES, isEnvironmentName, type EnvironmentName } from '../environments/open-environment.js';
import { EXIT, badInput, type ExitCode } from '../errors/harness-error.js';
import type { Problem } from '../mesh/driver.js';
import { listWorkloadSets, loadWorkloadSet } from '../workloads/workload-set.js';
import { removeLeftovers } from './clean.js';
import { checkEngineHost, type Check } from './doctor-host.js';
import { checkWire } from './doctor-wire.js';
import { colorsFor } from './terminal-colors.js';

interface JudgedCheck extends Check {
  /** False for what is told only, and does not make the machine unfit. */
  readonly needed: boolean;
}

/** @param options `env` narrows to what one environment needs; without it `local` must be fit, and the others are told. */
export async function doctor(options: { env?: string; json?: boolean }): Promise<ExitCode> {
  const chosen = readEnv(options.env);
  const required = chosen ?? 'local';
  const checks = (await runChecks(chosen)).map((check): JudgedCheck => ({
    ...check,
    needed: check.optional !== true && (check.envs === undefined || check.envs.includes(required)),
  }));
  const healthy = checks.every(({ needed, problems }) => !needed || problems.length === 0);
  if (options.json === true) process.stdout.write(`${JSON.stringify({ healthy, checks }, null, 2)}\n`);
  else for (const check of checks) process.stdout.write(describe(check));
  return healthy ? EXIT.conformant : EXIT.harness;
}

function describe({ name, problems, needed, envs }: JudgedCheck): string {
  const colors = colorsFor(process.stdout);
  const mark = problems.length === 0 ? colors.green('✓') : needed ? colors.red('✗') : colors.yellow('–');
  const whom = problems.length > 0 && !needed && envs !== undefined ? colors.dim(` (for ${envs.join(', ')})`) : '';
  const rows = problems.map(({ code, message, hint }) => `    ${message}\n    fix: ${hint}\n    code: ${code}\n`);
  return `${mark} ${name}${whom}\n${rows.join('')}`;
}

function readEnv(name: string | undefined): EnvironmentName | undefined {
  if (name === undefined || isEnvironmentName(name)) return name;
  throw badInput(
    'E_UNKNOWN_ENV',
    `no environment is called "${name}"`,
    `known environments: ${ENVIRONMENT_NAMES.join(', ')}`,
  );
}

async function runChecks(env: EnvironmentName | undefined): Promise<readonly Check[]> {
  const wanted = (check: Check): boolean => env === undefined || check.envs === undefined || check.envs.includes(env);
  const checks = [
    { name: `Node ${process.version}`, problems: [] },
    ...(env === undefined || env === 'local' ? await checkLocal() : []),
    ...(env === 'local' ? [] : await checkEngineHost()),
    { name: 'nothing left behind by killed runs', problems: await findLeftovers() },
  ];
  return checks.filter(wanted);
}

async function checkLocal(): Promise<readonly Check[]> {
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
  const envs = ['local'] as const;
  return [
    { name: 'environment local: loopback addresses, ports, disk, open files', problems: await env.preflight(), envs },
    ...(await Promise.all(
      local.map(async (driver) => ({
        name: `mesh ${driver.name} in ${env.name}`,
        problems: await driver.preflight(env),
        envs,
      })),
    )),
    await checkWire(),
  ];
}

async function findLeftovers(): Promise<readonly Problem[]> {
  const { processes, directories, clusters, containers, networks } = await removeLeftovers({ dryRun: true });
  const counts = [
    [processes, 'processes'],
    [directories, 'folders'],
    [clusters, 'kind clusters'],
    [containers, 'containers'],
    [networks, 'networks'],
  ] as const;
  const left = counts.filter(([names]) => names.length > 0).map(([names, what]) => `${names.length} ${what}`);
  if (left.length === 0) return [];
  return [{ code: 'E_LEFTOVERS', message: `killed runs left ${left.join(', ')} behind`, hint: 'meshgauge clean' }];
}
