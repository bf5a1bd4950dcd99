import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** How long a program may take to end after SIGTERM before it is killed. */
const STOP_GRACE_MS = 2_000;

const TAIL_BYTES = 4_096;
const TAIL_LINES = 20;

export interface ProgramSpec {
  /** The container's name in messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Gets stdout and stderr. */
  readonly logFile: string;
  /** `open`: a pipe that ends with us, so that the program can end too; its stdout can then be read line by line. */
  readonly stdio: 'open' | 'log-only';
}

export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** False when it ended without having been told to. */
  readonly expected: boolean;
}

/** Programs that run now, for the hook below. */
const running = new Set<Program>();

/** Should this process end without an orderly stop (an uncaught error, `process.exit`), its programs end with it. */
const endAllAtExit = (): void => running.forEach((program) => program.kill());

/** One running program of a pod. It leads its own process group: Ctrl-C at the terminal ends the run in order, not the pods at once. */
export class Program {
  readonly spec: ProgramSpec;
  readonly exited: Promise<ProgramExit>;
  readonly #child: ChildProcess;
  #stopping = false;

  constructor(spec: ProgramSpec) {
    this.spec = spec;
    const log = openSync(spec.logFile, 'a', 0o600);
    try {
      this.#child = spawn(spec.command, spec.args, {
        cwd: spec.cwd,
        env: spec.env,
        detached: true,
        stdio: spec.stdio === 'open' ? ['pipe', 'pipe', log] : ['ignore', log, log],
      });
    } finally {
      closeSync(log);
    }
    // A program that is already gone cannot read what we write: its exit says so.
    this.#child.stdin?.on('error', () => undefined);
    if (running.size === 0) process.on('exit', endAllAtExit);
    running.add(this);
    this.exited = this.#watchExit();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The next lines of stdout, once for a program with `stdio: 'open'`. */
  lines(): AsyncIterable<string> {
    if (this.#child.stdout === null) throw new Error(`${this.spec.name} writes its output to its log only`);
    return createInterface({ input: this.#child.stdout });
  }

  /** Asks the program to end, ends it after the grace, and resolves when it is gone. */
  async stop(graceMs = STOP_GRACE_MS): Promise<ProgramExit> {
    this.#stopping = true;
    this.#child.stdin?.end();
    this.#signal('SIGTERM');
    const impatience = setTimeout(() => this.kill(), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(impatience);
    }
  }

  /** Ends the program at once. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  /** The last lines of the log. */
  async logTail(): Promise<string> {
    await using log = await open(this.spec.logFile);
    const { size } = await log.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await log.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  }

  async #watchExit(): Promise<ProgramExit> {
    try {
      const [code, signal] = (await once(this.#child, 'exit')) as [number | null, NodeJS.Signals | null];
      return { code, signal, expected: this.#stopping };
    } catch {
      // 'error' before a start: no such program. `describeExit` tells by the missing pid.
      return { code: null, signal: null, expected: this.#stopping };
    } finally {
      running.delete(this);
      if (running.size === 0) process.off('exit', endAllAtExit);
    }
  }

  /** To the whole group, so that a wrapper's children get it as well. */
  #signal(signal: NodeJS.Signals): void {
    if (!running.has(this) || this.pid === undefined) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** For messages: how a program ended. */
export function describeExit(program: Program, exit: ProgramExit): string {
  if (program.pid === undefined) return `could not be started (${program.spec.command})`;
  return exit.signal === null ? `ended with exit code ${exit.code}` : `was ended by ${exit.signal}`;
}
