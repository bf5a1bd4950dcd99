/** What every step of a build shares: commands with a log, progress, and folders that appear whole or not at all. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { execa, ExecaError } from 'execa';
import { HarnessError } from '../../src/errors/harness-error.js';
import { cacheDir } from '../../src/images/cache-dir.js';
import { createLimit, type Limit } from './limit.js';

const LAST_LINES = 12;
const NO_SPACE = /no space left on device|ENOSPC/i;

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A file given to the command on its standard input. */
  readonly inputFile?: string;
}

export class Workshop implements AsyncDisposable {
  /** Go uses every core by itself: one compilation at a time. */
  readonly compiling: Limit = createLimit(1);
  readonly logFile: string;
  readonly signal: AbortSignal;
  /** Opened by the first line: most calls find nothing to do. */
  #log: WriteStream | undefined;
  readonly #say: (line: string) => void;
  readonly #startedAt = performance.now();
  readonly #made = new Map<string, Promise<string>>();

  private constructor(
    logFile: string,
    options: { readonly log: (line: string) => void; readonly signal: AbortSignal },
  ) {
    this.logFile = logFile;
    this.signal = options.signal;
    this.#say = options.log;
  }

  static async open(options: {
    readonly log: (line: string) => void;
    readonly signal: AbortSignal;
  }): Promise<Workshop> {
    const logFile = cacheDir('logs', `images-${new Date().toISOString().replaceAll(':', '')}-${process.pid}.log`);
    await mkdir(dirname(logFile), { recursive: true });
    await removeAbandoned(cacheDir('build', 'aside'));
    return new Workshop(logFile, options);
  }

  /** One line for the person who waits, with the seconds since the start. */
  say(line: string): void {
    const seconds = Math.round((performance.now() - this.#startedAt) / 1000);
    this.#say(`${String(seconds).padStart(4)} s  ${line}`);
    this.#write(`== ${seconds} s ${line}\n`);
  }

  #write(text: string | Buffer): void {
    this.#log ??= createWriteStream(this.logFile, { flags: 'a' });
    this.#log.write(text);
  }

  /** Runs a command to its end and gives its standard output. @throws HarnessError E_IMAGE_BUILD, E_DISK_FULL */
  async run(step: string, command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
    this.#write(`$ ${command} ${args.join(' ')}\n`);
    const { cwd, env, inputFile } = options;
    try {
      const child = execa(command, args, {
        ...(cwd === undefined ? {} : { cwd }),
        ...(env === undefined ? {} : { env }),
        stdin: inputFile === undefined ? 'ignore' : { file: inputFile },
        stdout: 'pipe',
        maxBuffer: 64 * 1024 * 1024,
        cancelSignal: this.signal,
        forceKillAfterDelay: 3000,
      });
      child.stderr.on('data', (chunk: Buffer) => this.#write(chunk));
      const { stdout } = await child;
      if (stdout !== '') this.#write(`${stdout}\n`);
      return stdout;
    } catch (cause) {
      this.signal.throwIfAborted();
      throw this.failure(step, describe(cause), cause);
    }
  }

  /** What went wrong in one step, with the last lines of what was said about it. */
  failure(step: string, said: string, cause?: unknown): HarnessError {
    const tail = said.trim().split('\n').slice(-LAST_LINES).join('\n');
    if (NO_SPACE.test(said))
      return new HarnessError({
        code: 'E_DISK_FULL',
        message: `the disk is full: ${step}\n${tail}`,
        hint: `Free some space (the first build needs about 12 GB, with Go's own caches) and start again: what is finished is kept. Log: ${this.logFile}`,
        cause,
      });
    return new HarnessError({
      code: 'E_IMAGE_BUILD',
      message: `${step} failed:\n${tail}`,
      hint: `The whole log is ${this.logFile}. Start again when the cause is gone: what is finished is kept.`,
      cause,
    });
  }

  /**
   * A folder of the cache, made once: written aside and renamed when it is complete, so that a killed build leaves no half
   * of one. Whoever asks while it is being made waits for it.
   */
  folder(kind: string, key: string, make: (dir: string) => Promise<void>): Promise<string> {
    const path = cacheDir('build', kind, key);
    const known = this.#made.get(path);
    if (known !== undefined) return known;
    const fresh = this.#makeFolder(path, make);
    this.#made.set(path, fresh);
    return fresh;
  }

  async #makeFolder(path: string, make: (dir: string) => Promise<void>): Promise<string> {
    if (await exists(path)) return path;
    await this.aside(async (dir) => {
      await make(dir);
      await moveIntoPlace(dir, path);
    });
    return path;
  }

  /** A folder for the time being, on the same disk as the cache. */
  async aside<T>(use: (dir: string) => Promise<T>): Promise<T> {
    const parent = cacheDir('build', 'aside');
    await mkdir(parent, { recursive: true });
    const dir = await mkdtemp(join(parent, `${process.pid}-`));
    try {
      return await use(dir);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#log === undefined) return;
    this.#log.end();
    await once(this.#log, 'close');
  }
}

/** What killed builds left half done; their names begin with the process that made them. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    if (!isAlive(Number(name.split('-')[0]))) await rm(join(folder, name), { recursive: true, force: true });
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Renames what is complete to where it belongs; somebody who was faster made the same. */
export async function moveIntoPlace(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await rename(from, to);
  } catch (error) {
    if (!(await exists(to))) throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function describe(cause: unknown): string {
  if (!(cause instanceof ExecaError)) return String(cause);
  const said = String(cause.stderr).trim();
  return said === '' ? cause.shortMessage : said;
}
