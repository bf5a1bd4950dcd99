/** Finding a driver: by the name of one that comes with the harness, or by a path or package of somebody else's. */
import { existsSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { badInput } from '../src/errors/harness-error.js';
import type { MeshDriver } from '../src/mesh/driver.js';

/** Loaded only when asked for: a command that needs no mesh imports none. */
const DRIVERS: Readonly<Record<string, () => Promise<{ readonly driver: MeshDriver }>>> = {
  reference: () => import('./reference/index.js'),
  none: () => import('./none/index.js'),
  osm: () => import('./osm/index.js'),
  istio: () => import('./istio/index.js'),
};

/** Before the path of an executable. */
const EXEC = 'exec:';

/** Names of the drivers that come with the harness. */
export const DRIVER_NAMES: readonly string[] = Object.keys(DRIVERS);

/** Loads a driver by name, by path (relative to the working directory), by the name of an installed package, or an executable by `exec:` and its path. */
export async function loadDriver(nameOrPath: string): Promise<MeshDriver> {
  if (nameOrPath.startsWith(EXEC)) {
    const { loadExecDriver } = await import('./exec/driver.js');
    return loadExecDriver(nameOrPath.slice(EXEC.length));
  }
  const known = Object.hasOwn(DRIVERS, nameOrPath) ? DRIVERS[nameOrPath] : undefined;
  if (known !== undefined) return (await known()).driver;
  const location = locate(nameOrPath);
  if (location === undefined) {
    throw badInput(
      'E_UNKNOWN_MESH',
      `no mesh is called "${nameOrPath}", and there is no such file or installed package`,
      `Known meshes: ${DRIVER_NAMES.join(', ')}. A driver of your own is named by its path (./my-driver.mjs) or package.`,
    );
  }
  return readDriver(nameOrPath, await importModule(nameOrPath, location));
}

function locate(nameOrPath: string): string | undefined {
  const looksLikePath = nameOrPath.startsWith('.') || isAbsolute(nameOrPath) || /\.[cm]?[jt]s$/.test(nameOrPath);
  if (looksLikePath) {
    const path = resolve(nameOrPath);
    return existsSync(path) ? pathToFileURL(path).href : undefined;
  }
  return resolvePackage(nameOrPath);
}

/** As the user's project sees it first, then as we do. */
function resolvePackage(name: string): string | undefined {
  if (isBuiltin(name)) return undefined;
  for (const origin of [join(process.cwd(), 'package.json'), import.meta.filename]) {
    try {
      return pathToFileURL(createRequire(origin).resolve(name)).href;
    } catch {
      // Not there: try the next origin.
    }
  }
  try {
    return import.meta.resolve(name);
  } catch {
    return undefined;
  }
}

async function importModule(nameOrPath: string, location: string): Promise<Record<string, unknown>> {
  try {
    return (await import(location)) as Record<string, unknown>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw badInput(
      'E_DRIVER_IMPORT',
      `driver ${nameOrPath} cannot be imported: ${reason}`,
      'Run it with node by itself to see the whole error.',
    );
  }
}

function readDriver(nameOrPath: string, module: Record<string, unknown>): MeshDriver {
  const candidate = module['default'] ?? module['driver'];
  if (isDriver(candidate)) return candidate;
  throw badInput(
    'E_DRIVER_SHAPE',
    `${nameOrPath} exports no driver`,
    'Export a MeshDriver as default or as `driver`: it needs at least name, versions, environments, capabilities, preflight and install.',
  );
}

function isDriver(value: unknown): value is MeshDriver {
  if (typeof value !== 'object' || value === null) return false;
  const driver = value as Partial<Record<keyof MeshDriver, unknown>>;
  const isNamed =
    typeof driver.name === 'string' && typeof driver.versions === 'object' && Array.isArray(driver.environments);
  return isNamed && [driver.capabilities, driver.preflight, driver.install].every((part) => typeof part === 'function');
}
