/** A running executable and the questions that are open. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import { HarnessError } from '../../src/errors/harness-error.js';
import { AnswerSchema, TIMEOUT_MS, type Method } from './protocol.js';

const LOG_LINES_KEPT = 5_000;
const LOG_LINES_SHOWN = 3;
/** After its stdin is closed, and after it was told to end. */
const GRACE_MS = 5_000;

interface Question {
  readonly method: Method;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Session implements AsyncDisposable {
  readonly #path: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  readonly #open = new Map<number, Question>();
  readonly #log: string[] = [];
  #nextId = 1;
  /** Why nothing more can be asked. */
  #failure: HarnessError | undefined;

  /** Starts the executable; whether it could be started, the first question tells. */
  constructor(path: string) {
    this.#path = path;
    this.#process = spawn(path, [], { stdio: 'pipe' });
    this.#ended = new Promise((resolve) => {
      this.#process.once('error', (error) => {
        this.#fail(
          `cannot be run: ${error.message}`,
          'see that it is executable, and that its first line names an interpreter',
        );
        resolve();
      });
      this.#process.once('close', (code, signal) => {
        this.#fail(
          `ended ${signal === null ? `with exit code ${code ?? '?'}` : `by ${signal}`}${this.#lastWords()}`,
          'it must live until its stdin is closed; run it by hand and write a request to it',
        );
        resolve();
      });
    });
    // A question to a process that is gone fails by its end, not by its pipe.
    this.#process.stdin.on('error', () => undefined);
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#hear(line));
    createInterface({ input: this.#process.stderr }).on('line', (line) => {
      this.#log.push(line);
      if (this.#log.length > LOG_LINES_KEPT) this.#log.shift();
    });
  }

  /** What it wrote to stderr, its last lines at least. */
  get log(): string {
    return this.#log.map((line) => `${line}\n`).join('');
  }

  /** Asks one question. @throws HarnessError with the executable's own code, or E_EXEC_DRIVER… */
  async ask<Schema extends z.ZodType>(method: Method, params: object, schema: Schema): Promise<z.output<Schema>> {
    const result = await this.#exchange(method, params);
    const parsed = schema.safeParse(result ?? {});
    if (parsed.success) return parsed.data;
    const mistakes = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'result'}: ${message}`);
    throw this.#brokenAnswer(`answers ${method} with a result that is not as it should be: ${mistakes.join('; ')}`);
  }

  /** Closes its stdin, and ends it when that is not enough. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (await this.#endsWithin(GRACE_MS)) return;
      this.#process.kill(signal);
    }
    await this.#ended;
  }

  async #endsWithin(graceMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), graceMs);
    });
    try {
      return await Promise.race([this.#ended.then(() => true), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #exchange(method: Method, params: object): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#open.delete(id);
        reject(this.#timeout(method));
      }, TIMEOUT_MS[method]);
      const settle =
        <Value>(then: (value: Value) => void) =>
        (value: Value): void => {
          clearTimeout(timer);
          then(value);
        };
      this.#open.set(id, { method, resolve: settle(resolve), reject: settle(reject) });
      this.#process.stdin.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  #hear(line: string): void {
    if (line.trim() === '') return;
    const answer = AnswerSchema.safeParse(readJson(line));
    const question = answer.success ? this.#open.get(answer.data.id) : undefined;
    if (!answer.success || question === undefined) {
      const shown = line.length > 200 ? `${line.slice(0, 200)}…` : line;
      return this.#failAll(this.#brokenAnswer(`writes to its stdout what is no answer to an open question: ${shown}`));
    }
    this.#open.delete(answer.data.id);
    if (!('error' in answer.data)) return question.resolve(answer.data.result);
    const { exitCode, ...failure } = answer.data.error;
    question.reject(new HarnessError({ ...failure, ...(exitCode === undefined ? {} : { exitCode }) }));
  }

  #fail(what: string, hint: string): void {
    this.#failAll(new HarnessError({ code: 'E_EXEC_DRIVER', message: `the driver ${this.#path} ${what}`, hint }));
  }

  #failAll(failure: HarnessError): void {
    this.#failure ??= failure;
    for (const { reject } of this.#open.values()) reject(this.#failure);
    this.#open.clear();
  }

  #brokenAnswer(what: string): HarnessError {
    return new HarnessError({
      code: 'E_EXEC_DRIVER_ANSWER',
      message: `the driver ${this.#path} ${what}`,
      hint: 'docs/writing-a-driver.md says what each method answers; anything to be read by people belongs on stderr',
    });
  }

  #timeout(method: Method): HarnessError {
    return new HarnessError({
      code: 'E_EXEC_DRIVER_TIMEOUT',
      message: `the driver ${this.#path} did not answer ${method} within ${TIMEOUT_MS[method] / 1_000} s${this.#lastWords()}`,
      hint: 'see that it answers one line for each line, and flushes its stdout',
    });
  }

  #lastWords(): string {
    const words = this.#log.slice(-LOG_LINES_SHOWN).join(' | ');
    return words === '' ? '' : `; its last words: ${words}`;
  }
}

function readJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
