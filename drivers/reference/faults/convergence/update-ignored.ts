import { objectKey, type Fault } from '../fault.js';

export const updateIgnored: Fault = {
  name: 'update-ignored',
  description: 'an object that is there already is not read again: updates are ignored, deletions are not',
  alsoBreaks: [{ cases: ['*'], why: 'a change that a case or its gate waits for never comes' }],
  create: () => {
    const seen = new Set<string>();
    return {
      hears: ({ action, object }) => {
        const key = objectKey(object);
        if (action === 'deleted') return seen.delete(key) || true;
        if (seen.has(key)) return false;
        seen.add(key);
        return true;
      },
    };
  },
};
