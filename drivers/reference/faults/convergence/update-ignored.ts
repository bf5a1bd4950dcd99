import type { Fault } from '../fault.js';
import { missingUpdates } from '../missing.js';

export const updateIgnored: Fault = {
  name: 'update-ignored',
  description: 'an object that is there already is not read again: updates are ignored, deletions are not',
  alsoBreaks: [{ cases: ['*'], why: 'a change that a case or its gate waits for never comes' }],
  create: () => missingUpdates({ hearsDeletions: true }),
};
