import type { Fault } from '../fault.js';
import { missingDeletions } from '../missing.js';

export const splitDeletionIgnored: Fault = {
  name: 'split-deletion-ignored',
  description: 'a deleted TrafficSplit stays in force',
  alsoBreaks: [{ cases: ['SPL-*', 'CRD-*'], why: 'the split that a control takes away stays' }],
  create: () => missingDeletions('TrafficSplit'),
};
