import type { Fault } from '../fault.js';
import { missingDeletions } from '../missing.js';

export const revocationIgnored: Fault = {
  name: 'revocation-ignored',
  description: 'a deleted TrafficTarget stays in force',
  alsoBreaks: [{ cases: ['ACC-*'], why: 'a control deletes a target' }],
  create: () => missingDeletions('TrafficTarget'),
};
