import type { Fault } from '../fault.js';
import { splitOf } from './site.js';

export const missingBackendBlackHole: Fault = {
  name: 'missing-backend-black-hole',
  description: 'a split that names a service which does not exist swallows every request, whatever its weight',
  alsoBreaks: [{ cases: ['SPL-13'], why: 'another reading of what the text leaves open' }],
  create: () => ({
    routing: (routing, site) => {
      const split = splitOf(site);
      const isWhole = split?.backends.every(({ service }) => site.services.has(`${site.service.namespace}/${service}`));
      return isWhole === false ? [{ legs: [] }] : routing;
    },
  }),
};
