/** Puts objects into a lane and takes them out, as one change, with the times that count. */
import { HarnessError } from '../errors/harness-error.js';
import { now } from '../run/clock.js';
import type { Lane } from '../run/lane.js';
import type { SmiObject } from '../smi/model.js';
import type { Applied } from './scenario.js';

export interface WantedChange {
  readonly put?: readonly SmiObject[];
  /** Names of objects that were put. */
  readonly remove?: readonly string[];
}

/** @throws CannotExpress where the mesh cannot say it; HarnessError E_CHANGE_REFUSED where the API does not take it */
export async function applyChange(lane: Lane, { put = [], remove = [] }: WantedChange): Promise<Applied> {
  const wanted = new Map(put.map((object) => [keyOf(object.metadata.name), lane.write(object, {})]));
  const requestedAt = now();
  const { steps } = await lane.objects.change(remove.map(keyOf), wanted);
  const acceptedAt = now();
  for (const step of steps) {
    if (step.action === 'delete' || step.outcome.accepted) continue;
    throw new HarnessError({
      code: 'E_CHANGE_REFUSED',
      message: `the API refused ${step.object.kind} ${step.object.metadata.name}: ${step.outcome.message}`,
      hint: 'a change that is not accepted cannot take effect; look at the CRDs and the admission hooks of the mesh',
    });
  }
  return { requestedAt, acceptedAt };
}

const keyOf = (name: string): string => `converge/${name}`;
