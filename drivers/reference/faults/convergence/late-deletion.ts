import type { SmiObject } from '../../../../src/smi/model.js';
import { objectKey, type Fault } from '../fault.js';

/** Longer than any case waits for a change. */
const LATE_MS = 30_000;

export const lateDeletion: Fault = {
  name: 'late-deletion',
  description: `what is deleted stays in force for another ${LATE_MS / 1000} s`,
  alsoBreaks: [{ cases: ['*'], why: 'what a phase has taken away is still there in the next one' }],
  create: () => {
    const leaving = new Map<string, { readonly object: SmiObject; readonly untilMs: number }>();
    return {
      hears: ({ action, object }) => {
        if (action === 'deleted') leaving.set(objectKey(object), { object, untilMs: performance.now() + LATE_MS });
        else leaving.delete(objectKey(object));
        return true;
      },
      objects: (objects) => {
        const left = [...leaving.values()].filter(({ untilMs }) => untilMs > performance.now());
        return left.length === 0 ? objects : [...left.map(({ object }) => object), ...objects];
      },
    };
  },
};
