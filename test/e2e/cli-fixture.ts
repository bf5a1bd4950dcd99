/** The compiled command line, in a home of its own: its temporary folder and run registry are not shared with any other run. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { readReport } from '../../reports/store.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { RUN_DIR_PREFIX, RUN_MARKER } from '../../src/environments/local/run-state.js';
import { pollUntil } from '../../src/environments/local/poll.js';

const CLI = join(PACKAGE_ROOT, 'dist', 'src', 'cli', 'main.js');

interface CallOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** In front of the command, such as `unshare -m sh -c`. */
  readonly wrapper?: readonly string[];
}

/** stdout and stderr come with every byte, and a bad exit code is an answer, not an exception. */
const execute = (
  command: string,
  args: readonly string[],
  options: { cwd: string; env: Record<string, string | undefined> },
) => execa(command, args, { ...options, reject: false, stripFinalNewline: false, stdin: 'ignore' });
export type RunningCli = ReturnType<typeof execute>;
export type EndedCli = Awaited<RunningCli>;

interface MarkedProcess {
  readonly pid: number;
  readonly command: string;
  /** The folder of its pod. */
  readonly cwd: string;
}

export class CliHome implements AsyncDisposable {
  readonly dir: string;
  readonly tmp: string;
  readonly cache: string;
  readonly #env: Record<string, string | undefined>;

  private constructor(dir: string) {
    this.dir = dir;
    this.tmp = join(dir, 't');
    this.cache = join(dir, 'cache');
    this.#env = { TMPDIR: this.tmp, XDG_CACHE_HOME: this.cache, MESHGAUGE_DEBUG: undefined, FORCE_COLOR: undefined };
  }

  /** A short name, because sockets live inside; the downloaded Envoy is shared with everybody. */
  static async create(): Promise<CliHome> {
    const home = new CliHome(await mkdtemp(join(tmpdir(), 'mgc-')));
    const shared = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'meshgauge', 'envoy');
    await mkdir(shared, { recursive: true });
    await mkdir(home.tmp);
    await mkdir(join(home.cache, 'meshgauge'), { recursive: true });
    await symlink(shared, join(home.cache, 'meshgauge', 'envoy'));
    return home;
  }

  path(...parts: readonly string[]): string {
    return join(this.dir, ...parts);
  }

  /** Starts the command in the home's folder. */
  start(args: readonly string[], { env = {}, wrapper = [] }: CallOptions = {}): RunningCli {
    const [command = process.execPath, ...rest] = [...wrapper, process.execPath, CLI, ...args];
    return execute(command, rest, { cwd: this.dir, env: { ...this.#env, ...env } });
  }

  async call(args: readonly string[], options?: CallOptions): Promise<EndedCli> {
    return this.start(args, options);
  }

  async report(out: string): ReturnType<typeof readReport> {
    return readReport(this.path(out, 'report.json'));
  }

  /** Programs of runs of this home: pods inherit its temporary folder. */
  async processes(): Promise<readonly MarkedProcess[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const found = await Promise.all(pids.map((pid) => this.#findMarked(pid)));
    return found.filter((one) => one !== undefined);
  }

  /** One program of a pod, such as the Envoy of `srv`. */
  async programOf(pod: string, program: 'agent' | 'envoy'): Promise<MarkedProcess> {
    const all = await this.processes();
    const found = all.find(
      ({ cwd, command }) => cwd.endsWith(`-${pod}`) && command.includes('agent.json') === (program === 'agent'),
    );
    assert.ok(found, `${program} of ${pod} runs; there are: ${all.map(({ cwd }) => cwd).join(', ')}`);
    return found;
  }

  async #findMarked(pid: string): Promise<MarkedProcess | undefined> {
    try {
      const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
      const isOurs =
        environment.includes(`TMPDIR=${this.tmp}`) && environment.some((entry) => entry.startsWith(`${RUN_MARKER}=`));
      if (!isOurs) return undefined;
      const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').join(' ');
      return { pid: Number(pid), command, cwd: await readlink(`/proc/${pid}/cwd`) };
    } catch {
      return undefined; // It has ended meanwhile.
    }
  }

  /** No program, no run folder (and so no socket), no registration. */
  async assertNothingLeft(): Promise<void> {
    assert.deepEqual(await this.processes(), [], 'programs left running');
    assert.deepEqual(
      (await readdir(this.tmp)).filter((name) => name.startsWith(RUN_DIR_PREFIX)),
      [],
      'run folders left',
    );
    const registry = join(this.cache, 'meshgauge', 'runs');
    assert.deepEqual(existsSync(registry) ? await readdir(registry) : [], [], 'registrations left');
  }

  /** Whatever a failed test left behind goes too. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.call(['clean']);
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** Resolves once stderr of the running command has said it. */
export async function waitForLine(running: RunningCli, pattern: RegExp): Promise<void> {
  let said = '';
  const listen = (chunk: Buffer): void => void (said += chunk.toString());
  running.stderr.on('data', listen);
  try {
    const isOver = (): boolean => running.exitCode !== null || running.signalCode !== null;
    await pollUntil(async () => pattern.test(said) || isOver(), {
      deadlineMs: 90_000,
      what: `${String(pattern)} on stderr`,
    });
    assert.match(said, pattern, 'the command ended before it said so');
  } finally {
    running.stderr.off('data', listen);
  }
}

/** One message: what happened, how to fix it, its code; never a stack trace. */
export function assertExplained(
  ended: EndedCli,
  expected: { code: string; exitCode: number; what: RegExp; fix?: RegExp },
): void {
  const all = `${ended.stdout}\n${ended.stderr}`;
  assert.equal(ended.exitCode, expected.exitCode, all);
  assert.match(ended.stderr, expected.what);
  assert.match(ended.stderr, new RegExp(`^  code: ${expected.code}$`, 'm'));
  const fix = /^ {2}fix: (.+)$/m.exec(ended.stderr)?.[1] ?? '';
  assert.match(fix, expected.fix ?? /\w/);
  assertNoStack(ended);
}

export function assertNoStack({ stdout, stderr }: Pick<EndedCli, 'stdout' | 'stderr'>): void {
  assert.doesNotMatch(`${stdout}\n${stderr}`, /\n\s+at /, 'a stack trace');
}
