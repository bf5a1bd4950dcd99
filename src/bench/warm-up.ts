/** Load whose latencies nobody looks at. */
import { readRecording, type Recording } from '../load/recording.js';
import type { Arm } from './arms.js';
import type { Ground } from './ground.js';
import type { LoadOptions } from './repetition.js';

/** Long enough at first for compilers to finish. */
export const WARM_MS = { first: 3_000, again: 1_500 } as const;

/** Thrown away: caches, connections and compilers find their pace. */
export async function warmUp(
  ground: Ground,
  arms: readonly Arm[],
  load: LoadOptions,
  durationMs: number,
): Promise<void> {
  for (const arm of arms) await loadOnce(ground, arm, load, durationMs);
}

export async function loadOnce(
  ground: Ground,
  arm: Arm,
  load: LoadOptions,
  durationMs: number,
): Promise<readonly Recording[]> {
  const { perSecond, connections, arrivals, seed } = load;
  const result = await ground.measure(
    arm,
    {
      connections,
      loop: { kind: 'open', ratePerSecond: perSecond, arrivals, seed },
      windows: [{ name: 'warm-up', offsetMs: 0, durationMs }],
    },
    'warm/',
  );
  return result.windows.map(readRecording);
}
