/** How much an arm can do: a ladder in closed loop, each step checked by Little's law, and the law fitted to it. */
import { totalOf, readRecording, type Recording } from '../load/recording.js';
import { LEAST_STEPS, fitScalability, littleError, type LadderStep } from '../statistics/scalability.js';
import type { Arm } from './arms.js';
import { goodAnswers } from './gates.js';
import type { Ground } from './ground.js';
import type { Saturation } from './records.js';

export const LADDER = [1, 2, 4, 8, 16, 32, 64, 128, 256] as const;
/** Connections are made and queues filled before counting begins. */
const WARM = { leastMs: 200, msPerConnection: 3 } as const;
/** N = X·R holds in any stable system: what is off by more was dropped, or hidden in the generator. */
const LITTLE_TOLERANCE = 0.05;
const FAILED_TOLERANCE = 0.001;

export interface LadderOptions {
  readonly stepMs: number;
  readonly seed: number;
}

export async function climbLadder(ground: Ground, arm: Arm, { stepMs, seed }: LadderOptions): Promise<Saturation> {
  const measured: { readonly step: LadderStep; readonly recording: Recording }[] = [];
  for (const concurrency of LADDER) {
    const warmMs = WARM.leastMs + WARM.msPerConnection * concurrency;
    const result = await ground.measure(
      arm,
      {
        connections: concurrency,
        loop: { kind: 'closed' },
        windows: [
          { name: 'warm', offsetMs: 0, durationMs: warmMs },
          { name: 'step', offsetMs: warmMs, durationMs: stepMs },
        ],
      },
      `ladder${concurrency}/`,
    );
    const window = result.windows.find(({ name }) => name === 'step');
    if (window === undefined) continue;
    const recording = readRecording(window);
    measured.push({ step: toStep(concurrency, recording, stepMs), recording });
  }
  return judgeLadder(arm.name, measured, seed);
}

/** Which steps can be believed, and what they say together. */
export function judgeLadder(
  arm: Arm['name'],
  measured: readonly {
    readonly step: LadderStep;
    readonly recording: Pick<Recording, 'due' | 'statuses' | 'failed'>;
  }[],
  seed: number,
): Saturation {
  const judged = measured.map(({ step, recording }) => ({ step, reason: findFault(step, recording) }));
  const believed = judged.flatMap(({ step, reason }) => (reason === undefined ? [step] : []));
  return {
    arm,
    steps: measured.map(({ step }) => ({ ...step, littleError: littleError(step) })),
    leftOut: judged.flatMap(({ step: { concurrency }, reason }) =>
      reason === undefined ? [] : [{ concurrency, reason }],
    ),
    ...(believed.length < LEAST_STEPS ? {} : { fit: fitScalability(believed, { seed }) }),
  };
}

function toStep(concurrency: number, { response, statuses }: Recording, stepMs: number): LadderStep {
  return { concurrency, perSecond: (goodAnswers({ statuses }) / stepMs) * 1000, meanMs: response.mean / 1000 };
}

function findFault(
  step: LadderStep,
  { due, statuses, failed }: Pick<Recording, 'due' | 'statuses' | 'failed'>,
): string | undefined {
  const good = goodAnswers({ statuses });
  if (due === 0 || good === 0) return 'nothing was answered';
  if (due - good > FAILED_TOLERANCE * due)
    return `${due - good} of ${due} requests failed (${totalOf(failed)} without an answer)`;
  const error = littleError(step);
  if (Math.abs(error) <= LITTLE_TOLERANCE) return undefined;
  return `X·R is ${(error * 100).toFixed(1)} % off N`;
}
