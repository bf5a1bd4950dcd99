import type { Fault } from '../fault.js';
import { missingUpdates } from '../missing.js';

export const staleConfig: Fault = {
  name: 'stale-config',
  description: "an object's first version stays in force: later versions and deletions are ignored",
  alsoBreaks: [{ cases: ['*'], why: 'a change that a case or its gate waits for never comes' }],
  create: () => missingUpdates({ hearsDeletions: false }),
};
