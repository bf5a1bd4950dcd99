import type { Fault } from '../fault.js';

export const permissiveIgnored: Fault = {
  name: 'permissive-ignored',
  description: 'plaintext is refused even in a namespace that is to take it',
  create: () => ({ inbound: (policy) => ({ ...policy, plaintext: 'refused' }) }),
};
