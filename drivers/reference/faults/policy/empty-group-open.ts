import { ANY_PATH, changing } from '../changing.js';
import type { Fault } from '../fault.js';

export const emptyGroupOpen: Fault = {
  name: 'empty-group-open',
  description: 'an HTTPRouteGroup without matches opens every route, instead of none',
  create: () =>
    changing('HTTPRouteGroup', (group) =>
      group.matches.length > 0 ? group : { ...group, matches: [{ name: 'any', pathRegex: ANY_PATH }] },
    ),
};
