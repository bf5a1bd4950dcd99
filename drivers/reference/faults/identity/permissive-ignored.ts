import type { Fault } from '../fault.js';

export const permissiveIgnored: Fault = {
  name: 'permissive-ignored',
  description: 'plaintext is refused even in a namespace that is to take it',
  alsoBreaks: [{ cases: ['IDN-05'], why: 'another reading of what the text leaves open' }],
  create: () => ({ inbound: (policy) => ({ ...policy, plaintext: 'refused' }) }),
};
