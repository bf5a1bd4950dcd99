import type { Fault } from '../fault.js';

export const splitDeletionIgnored: Fault = {
  name: 'split-deletion-ignored',
  description: 'a deleted TrafficSplit stays in force',
  alsoBreaks: [{ cases: ['SPL-*', 'CRD-*'], why: 'the split that a control takes away stays' }],
  create: () => ({ hears: ({ action, object }) => !(action === 'deleted' && object.kind === 'TrafficSplit') }),
};
