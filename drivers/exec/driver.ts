/** A driver that is an executable in any language. */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Environment } from '../../src/environments/environment.js';
import { badInput } from '../../src/errors/harness-error.js';
import type { InstalledMesh, InstallOptions, MeshDriver, PinnedVersions, Problem } from '../../src/mesh/driver.js';
import { ExecMesh } from './installed-mesh.js';
import { type Description, DescriptionSchema, describeEnvironment, ProblemsSchema } from './protocol.js';
import { Session } from './session.js';

/** Asks an executable who it is. `path` is relative to the working directory. */
export async function loadExecDriver(path: string): Promise<MeshDriver> {
  const program = findProgram(path);
  await using session = new Session(program);
  const description = await session.ask('describe', {}, DescriptionSchema);
  return createExecDriver(program, description);
}

function findProgram(path: string): string {
  const program = resolve(path);
  const isFile = statSync(program, { throwIfNoEntry: false })?.isFile() === true;
  if (!isFile)
    throw badInput('E_EXEC_DRIVER', `there is no executable ${program}`, 'name one: --driver exec:./my-mesh');
  try {
    accessSync(program, constants.X_OK);
  } catch {
    throw badInput('E_EXEC_DRIVER', `${program} is not executable`, `make it so: chmod +x ${path}`);
  }
  return program;
}

function createExecDriver(program: string, description: Description): MeshDriver {
  const { name, environments, capabilities, methods, faults, deviations, convergeDeadlineMs } = description;
  const driver: MeshDriver = {
    name,
    description: description.description,
    versions: readVersions(description.versions),
    faults,
    environments,
    ...(convergeDeadlineMs === undefined ? {} : { convergeDeadlineMs }),
    deviations: () => deviations,
    capabilities: () => capabilities,
    preflight: async (env, options = {}) => {
      if (!environments.includes(env.name)) return [wrongEnvironment(description, env)];
      if (!methods.includes('preflight')) return [];
      await using session = new Session(program);
      const params = { environment: describeEnvironment(env), options };
      const { problems } = await session.ask('preflight', params, ProblemsSchema);
      return problems.map(({ exitCode, ...problem }) => ({
        ...problem,
        ...(exitCode === undefined ? {} : { exitCode }),
      }));
    },
    install: (env, options) => install({ driver, program, description }, env, options),
  };
  return driver;
}

async function install(
  { driver, program, description }: { driver: MeshDriver; program: string; description: Description },
  env: Environment,
  { seed, faults, options }: InstallOptions,
): Promise<InstalledMesh> {
  checkFaults(description, faults);
  await env.cluster?.provideImages(description.images);
  const session = new Session(program);
  const uninstall = async (): Promise<void> => void (await session.ask('uninstall', {}, z.unknown()));
  try {
    await session.ask('install', { environment: describeEnvironment(env), seed, faults, options }, z.unknown());
    await env.cluster?.discover();
    return new ExecMesh({ driver, methods: description.methods, env, session, uninstall });
  } catch (error) {
    // What was installed half-way is the executable's to remove; the first trouble is the one to tell.
    await uninstall().catch(() => undefined);
    await session[Symbol.asyncDispose]();
    throw error;
  }
}

function checkFaults({ name, faults }: Description, wanted: readonly string[]): void {
  const unknown = wanted.filter((fault) => !faults.some((known) => known.name === fault));
  if (unknown.length === 0) return;
  const known = faults.map((fault) => fault.name).join(', ');
  throw badInput(
    'E_UNKNOWN_FAULT',
    `no fault of ${name} is called ${unknown.join(', ')}`,
    known === '' ? `${name} cannot be given defects` : `known faults: ${known}`,
  );
}

function wrongEnvironment({ name, environments }: Description, env: Environment): Problem {
  return {
    code: 'E_ENVIRONMENT_UNSUPPORTED',
    message: `${name} cannot be installed into environment "${env.name}"`,
    hint: `use --env ${environments.join(' or ')}`,
  };
}

function readVersions({ mesh, ...components }: Description['versions']): PinnedVersions {
  return { ...components, mesh };
}
