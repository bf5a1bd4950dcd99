import { setTimeout as delay } from 'node:timers/promises';
import { isPassing } from './refusals.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** Repeats `call` while its failure is of a passing kind and the deadline has not come; then throws the last failure. */
export async function retryPassing<Result>(
  call: () => Promise<Result>,
  options: { readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<Result> {
  const end = performance.now() + options.deadlineMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    options.signal.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error) || performance.now() + pauseMs >= end) throw error;
    }
    await delay(pauseMs, undefined, { signal: options.signal });
  }
}
