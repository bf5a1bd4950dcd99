// The load generators that ours is compared with: where they come from, and which are here.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT, call } from '../cli.mjs';

const BIN = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'meshgauge/peers/bin');

/** `version` asks a program what it is; autocannon is among our dependencies. */
const PROGRAMS = {
  wrk: { from: 'apt', version: async (path) => /wrk (\S+)/.exec((await call(path, ['-v'])).stdout)?.[1] },
  vegeta: { from: 'github.com/tsenart/vegeta/v12@v12.13.0', version: (path) => moduleVersion(path) },
  fortio: { from: 'fortio.org/fortio@v1.57.3', version: (path) => moduleVersion(path) },
  k6: {
    from: 'go.k6.io/k6@v1.8.1',
    version: async (path) => /k6 v(\S+)/.exec((await call(path, ['version'])).stdout)?.[1],
  },
};

/** What `go install` was asked for is written into the program. */
async function moduleVersion(path) {
  const { stdout } = await call('go', ['version', '-m', path]).catch(() => ({ stdout: '' }));
  return /^\s+mod\s+\S+\s+v?(\S+)/m.exec(stdout)?.[1] ?? 'of unknown version';
}

/** @returns by name: path and version, and the names of those that are not here */
export async function findPrograms() {
  const found = {};
  const missing = [];
  for (const [name, { version }] of Object.entries(PROGRAMS)) {
    const dirs = [BIN, ...(process.env.PATH ?? '').split(delimiter).filter((dir) => dir !== '')];
    const path = dirs.map((dir) => join(dir, name)).find(isExecutable);
    if (path === undefined) missing.push(name);
    else found[name] = { path, version: await version(path) };
  }
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/autocannon/package.json'), 'utf8'));
  found.autocannon = { path: join(ROOT, 'node_modules/autocannon/autocannon.js'), version };
  return { found, missing };
}

/** One at a time and with low priority: compilers would take the whole machine. */
export async function installPrograms() {
  const { missing } = await findPrograms();
  mkdirSync(BIN, { recursive: true });
  for (const name of missing) {
    const { from } = PROGRAMS[name];
    console.error(`installing ${name}`);
    const [command, ...args] =
      from === 'apt' ? ['apt-get', 'install', '-y', name] : ['nice', '-n', '15', 'go', 'install', from];
    try {
      execFileSync(command, args, {
        env: { ...process.env, GOBIN: BIN, GOFLAGS: '-p=1' },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    } catch (error) {
      console.error(`${name} could not be installed: ${error.message}`);
    }
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
