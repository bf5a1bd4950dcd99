import { setTimeout as delay } from 'node:timers/promises';
import { HarnessError } from '../../errors/harness-error.js';

export interface PollOptions {
  readonly deadlineMs: number;
  readonly intervalMs?: number;
  /** Completes the sentence "waited N s for …". */
  readonly what: string;
  readonly signal?: AbortSignal;
}

/** Asks `condition` again and again until it holds; E_DEADLINE when time is over, naming the last error seen. */
export async function pollUntil(condition: () => Promise<boolean>, options: PollOptions): Promise<void> {
  const end = performance.now() + options.deadlineMs;
  let lastError: Error | undefined;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      if (await condition()) return;
      lastError = undefined;
    } catch (error) {
      lastError = error instanceof Error ? error : new Error(JSON.stringify(error));
    }
    options.signal?.throwIfAborted();
    if (performance.now() >= end) throw deadlineError(options, lastError);
    await delay(options.intervalMs ?? 20);
  }
}

function deadlineError(options: PollOptions, lastError: Error | undefined): HarnessError {
  const seen = lastError === undefined ? '' : `; last error: ${lastError.message}`;
  return new HarnessError({
    code: 'E_DEADLINE',
    message: `waited ${options.deadlineMs / 1000} s for ${options.what}${seen}`,
    hint: 'look at the log files named in this run, or try again on a less busy machine',
    cause: lastError,
  });
}
