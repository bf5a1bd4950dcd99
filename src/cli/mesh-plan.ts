/** What every command that brings a mesh up decides before anything starts: which mesh, where, with what options, into which folder. */
import { randomInt } from 'node:crypto';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DRIVER_NAMES, loadDriver } from '../../drivers/index.js';
import type { Config } from '../config/config.js';
import {
  ENVIRONMENT_NAMES,
  isEnvironmentName,
  type ClusterSettings,
  type EnvironmentName,
  type OpenOptions,
} from '../environments/open-environment.js';
import { badInput } from '../errors/harness-error.js';
import type { MeshDriver } from '../mesh/driver.js';
import { clusterSettings } from './cluster-settings.js';

export interface MeshFlags extends ClusterSettings {
  readonly mesh?: string;
  readonly driver?: string;
  readonly env?: string;
  readonly fault?: string[];
  readonly seed?: number;
  readonly keep?: boolean;
  readonly out?: string;
  readonly config?: string;
  readonly envoy?: string;
  readonly xds?: string;
  readonly option?: string[];
  readonly portOffset?: number;
  readonly convergeDeadline?: number;
  readonly json?: boolean;
  readonly yesThisCluster?: boolean;
  readonly adoptMesh?: boolean;
}

/** All mistakes of the user that concern mesh and environment are found while this is made. */
export interface MeshPlan {
  readonly runId: string;
  readonly seed: number;
  readonly env: EnvironmentName;
  readonly settings: ClusterSettings;
  /** The user said that this very cluster is meant. */
  readonly confirmed: boolean;
  /** A mesh that is there already may be used. */
  readonly adoptMesh: boolean;
  readonly driver: MeshDriver;
  readonly driverSource: string;
  readonly faults: readonly string[];
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly out: string;
  readonly keep: boolean;
  readonly convergeDeadlineMs: number;
  readonly portOffset?: number;
}

/** How long a change may take when neither user nor driver says. */
const CONVERGE_DEADLINE_MS = { local: 5_000, elsewhere: 20_000 };

/** @throws HarnessError (bad input) for a mesh, environment, option or folder that cannot be used */
export async function makeMeshPlan(flags: MeshFlags, config: Config): Promise<MeshPlan> {
  const env = readEnvironment(flags.env ?? config.env ?? 'local');
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
  checkEnvironment(driver, env);
  const settings = clusterSettings(env, flags, config);
  const faults = flags.fault ?? config.faults ?? [];
  checkFaults(driver, faults);
  const runId = `${Date.now().toString(36)}-${randomInt(36 ** 4)
    .toString(36)
    .padStart(4, '0')}`;
  const portOffset = flags.portOffset ?? config.portOffset;
  return {
    runId,
    seed: flags.seed ?? config.seed ?? randomInt(2 ** 31),
    env,
    settings,
    confirmed: flags.yesThisCluster === true,
    adoptMesh: flags.adoptMesh === true,
    driver,
    driverSource,
    faults,
    driverOptions: {
      ...config.options,
      ...readOptions(flags.option ?? []),
      ...(flags.envoy === undefined ? {} : { envoy: flags.envoy }),
      ...(flags.xds === undefined ? {} : { xds: flags.xds }),
      ...(flags.adoptMesh === true ? { adopt: 'true' } : {}),
    },
    out: prepareOut(
      flags.out ??
        config.out ??
        join('meshgauge-report', `${timestamp()}-${driver.name.replace(/[^\w.-]/g, '_')}-${runId.slice(-4)}`),
    ),
    keep: flags.keep === true,
    convergeDeadlineMs: flags.convergeDeadline ?? config.convergeDeadlineMs ?? defaultConvergeDeadlineMs(driver, env),
    ...(portOffset === undefined ? {} : { portOffset }),
  };
}

/** What the environment of a plan is opened with. */
export function openOptionsOf(plan: MeshPlan, { signal, ports }: Pick<OpenOptions, 'signal' | 'ports'>): OpenOptions {
  const { runId, seed, env, settings, keep, confirmed, adoptMesh, portOffset } = plan;
  return {
    ...settings,
    runId,
    seed,
    env,
    keep,
    confirmed,
    adoptMesh,
    signal,
    ports,
    debugDir: join(plan.out, 'debug'),
    log: (line) => process.stderr.write(`${line}\n`),
    ...(portOffset === undefined ? {} : { portOffset }),
  };
}

function readEnvironment(name: string): EnvironmentName {
  if (isEnvironmentName(name)) return name;
  throw badInput(
    'E_UNKNOWN_ENV',
    `no environment is called "${name}"`,
    `known environments: ${ENVIRONMENT_NAMES.join(', ')}`,
  );
}

function checkEnvironment(driver: MeshDriver, env: EnvironmentName): void {
  if (driver.environments.includes(env)) return;
  throw badInput(
    'E_ENVIRONMENT_UNSUPPORTED',
    `${driver.name} cannot be installed into environment "${env}"`,
    `use --env ${driver.environments.join(' or --env ')}`,
  );
}

function defaultConvergeDeadlineMs(driver: MeshDriver, env: EnvironmentName): number {
  return driver.convergeDeadlineMs ?? CONVERGE_DEADLINE_MS[env === 'local' ? 'local' : 'elsewhere'];
}

/** `--option key=value`, once for each. */
function readOptions(options: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    options.map((option) => {
      const [, key, value] = /^([^=]+)=(.*)$/s.exec(option) ?? [];
      if (key !== undefined && value !== undefined) return [key, value];
      throw badInput('E_OPTION', `--option ${option} is no key=value`, 'write it as --option mode=exact');
    }),
  );
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

export const timestamp = (): string =>
  new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, '').replace('T', '-');
