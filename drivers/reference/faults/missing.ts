/** Hooks of faults that miss changes of objects. */
import type { SmiKind } from '../../../src/smi/model.js';
import { objectKey, type FaultHooks } from './fault.js';

/** What is deleted of this kind stays in force. */
export function missingDeletions(kind: SmiKind): FaultHooks {
  return { hears: ({ action, object }) => !(action === 'deleted' && object.kind === kind) };
}

/** An object that is there already is not read again; where its deletion is missed too, not even after that. */
export function missingUpdates({ hearsDeletions }: { readonly hearsDeletions: boolean }): FaultHooks {
  const seen = new Set<string>();
  return {
    hears: ({ action, object }) => {
      const key = objectKey(object);
      if (action === 'deleted') {
        if (hearsDeletions) seen.delete(key);
        return hearsDeletions;
      }
      const isNew = !seen.has(key);
      seen.add(key);
      return isNew;
    },
  };
}
