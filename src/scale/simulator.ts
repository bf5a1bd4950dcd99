/** The harness's end of the simulator. */
import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { HarnessError } from '../errors/harness-error.js';
import type { AnswerMessage, SimulatorCall, SimulatorCalls } from './simulator-protocol.js';

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Simulator implements Disposable {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #end: string | undefined;

  constructor() {
    const isCompiled = import.meta.url.endsWith('.js');
    const program = fileURLToPath(new URL(`simulator-program.${isCompiled ? 'js' : 'ts'}`, import.meta.url));
    const loader = isCompiled ? [] : ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
    // Ctrl-C at the terminal ends the run in order, and this process with it.
    this.#child = fork(program, {
      execArgv: loader,
      serialization: 'advanced',
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message: AnswerMessage) => this.#settle(message));
    this.#child.once('exit', (code, signal) => this.#ended(`it ended with ${signal ?? `code ${code}`}`));
    this.#child.once('error', (error) => this.#ended(error.message));
  }

  /** @throws HarnessError E_SIMULATOR */
  ask<C extends SimulatorCall>(call: C, question: SimulatorCalls[C]['question']): Promise<SimulatorCalls[C]['answer']> {
    this.#calls += 1;
    const id = this.#calls;
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) {
        reject(failure(this.#end));
        return;
      }
      this.#pending.set(id, { resolve: (answer) => resolve(answer as SimulatorCalls[C]['answer']), reject });
      this.#child.send({ id, call, question });
    });
  }

  [Symbol.dispose](): void {
    this.#ended('it was told to end');
    if (this.#child.connected) this.#child.disconnect();
    else this.#child.kill('SIGKILL');
  }

  #settle(message: AnswerMessage): void {
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if ('error' in message) pending?.reject(failure(message.error));
    else pending?.resolve(message.answer);
  }

  #ended(why: string): void {
    this.#end ??= why;
    for (const { reject } of this.#pending.values()) reject(failure(why));
    this.#pending.clear();
  }
}

function failure(why: string): HarnessError {
  return new HarnessError({
    code: 'E_SIMULATOR',
    message: `the simulated proxies cannot go on: ${why}`,
    hint: 'give fewer clients, or look into the log of the control plane for what it refused',
  });
}
