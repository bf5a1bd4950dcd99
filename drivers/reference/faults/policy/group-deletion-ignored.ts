import type { Fault } from '../fault.js';

export const groupDeletionIgnored: Fault = {
  name: 'group-deletion-ignored',
  description: 'a deleted HTTPRouteGroup stays in force for the targets that name it',
  create: () => ({ hears: ({ action, object }) => !(action === 'deleted' && object.kind === 'HTTPRouteGroup') }),
};
