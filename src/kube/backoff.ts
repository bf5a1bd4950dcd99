/** Waiting between attempts: doubles, with jitter, and never less than the server asked for. */
import { setTimeout as delay } from 'node:timers/promises';
import { createSeededRandom } from '../../fixtures/agent/seeded-random.js';
import { ApiError } from './errors.js';

export interface BackoffLimits {
  readonly firstMs: number;
  readonly mostMs: number;
}

// Spreads the attempts of many watches of one process; what they observe does not depend on it.
const random = createSeededRandom(1);

/** Milliseconds to wait after failure number `failures` (from 0). */
export function backoffMs(failures: number, error: unknown, limits: BackoffLimits): number {
  const ceiling = Math.min(limits.mostMs, limits.firstMs * 2 ** Math.min(failures, 20));
  const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(asked, ceiling * (0.5 + random() / 2));
}

/** Resolves after the time, or at once when the signal fires; never rejects. */
export async function rest(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
