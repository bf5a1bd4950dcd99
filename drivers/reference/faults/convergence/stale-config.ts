import { objectKey, type Fault } from '../fault.js';

export const staleConfig: Fault = {
  name: 'stale-config',
  description: "an object's first version stays in force: later versions and deletions are ignored",
  alsoBreaks: [{ cases: ['*'], why: 'a change that a case or its gate waits for never comes' }],
  create: () => {
    const seen = new Set<string>();
    return {
      hears: ({ action, object }) => {
        const key = objectKey(object);
        if (action === 'deleted' || seen.has(key)) return false;
        seen.add(key);
        return true;
      },
    };
  },
};
