/** Finding a k6 that runs our scripts. */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { HarnessError } from '../errors/harness-error.js';
import { cacheDir } from '../images/cache-dir.js';

/** What our scripts are written for; others of the same major run them as well. */
const K6_VERSION = '1.8.1';
const K6_MAJOR = 1;
const VERSION_DEADLINE_MS = 20_000;
const INSTALL = `install it with: go install go.k6.io/k6@v${K6_VERSION} (then put it on PATH, or name it with K6_PATH)`;

export interface K6Binary {
  readonly path: string;
  /** As k6 says it, e.g. `1.8.1`. */
  readonly version: string;
}

/**
 * `K6_PATH`, then PATH, then where `scripts/bench-peers.mjs --install` puts it. What K6_PATH names must work: there is no falling
 * back from it.
 * @throws HarnessError E_NO_K6, E_K6_VERSION
 */
export async function findK6(env: Readonly<Record<string, string | undefined>> = process.env): Promise<K6Binary> {
  const named = env['K6_PATH'];
  if (named) {
    if (!(await isExecutable(named))) throw missing(`K6_PATH names ${named}, which is no program`);
    return checkVersion(named);
  }
  const dirs = (env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '');
  for (const path of [...dirs.map((dir) => join(dir, 'k6')), cacheDir('peers', 'bin', 'k6')])
    if (await isExecutable(path)) return checkVersion(path);
  throw missing('there is no k6 on PATH, and K6_PATH is not set');
}

async function checkVersion(path: string): Promise<K6Binary> {
  const { stdout, message, failed } = await execa(path, ['version'], {
    timeout: VERSION_DEADLINE_MS,
    stdin: 'ignore',
    reject: false,
  });
  const [, version, major] = /^k6(?:\.exe)? v((\d+)\.\d+\.\d+\S*)/m.exec(stdout) ?? [];
  if (version === undefined)
    throw wrongVersion(
      `${path} does not say which k6 it is: ${failed ? (message?.split('\n')[0] ?? '') : JSON.stringify(stdout.slice(0, 80))}`,
    );
  if (Number(major) !== K6_MAJOR)
    throw wrongVersion(`${path} is k6 ${version}, and the scripts are for k6 ${K6_MAJOR}.x`);
  return { path, version };
}

function missing(message: string): HarnessError {
  return new HarnessError({ code: 'E_NO_K6', message, hint: INSTALL });
}

function wrongVersion(message: string): HarnessError {
  return new HarnessError({ code: 'E_K6_VERSION', message, hint: INSTALL });
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
