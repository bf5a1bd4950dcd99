import type { Fault } from '../fault.js';
import { missingDeletions } from '../missing.js';

export const groupDeletionIgnored: Fault = {
  name: 'group-deletion-ignored',
  description: 'a deleted HTTPRouteGroup stays in force for the targets that name it',
  create: () => missingDeletions('HTTPRouteGroup'),
};
