import type { Fault } from '../fault.js';

export const revocationIgnored: Fault = {
  name: 'revocation-ignored',
  description: 'a deleted TrafficTarget stays in force',
  alsoBreaks: [{ cases: ['ACC-*'], why: 'a control deletes a target' }],
  create: () => ({ hears: ({ action, object }) => !(action === 'deleted' && object.kind === 'TrafficTarget') }),
};
