import { setTimeout as delay } from 'node:timers/promises';

/** The gap between two looks at a condition; only loops with a deadline may call it. */
export async function pause(gapMs: number, signal: AbortSignal): Promise<void> {
  await delay(gapMs, undefined, { signal });
}
