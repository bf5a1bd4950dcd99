import { TYPE } from '../../xds/resource.js';
import type { Fault } from '../fault.js';

export const firstPodOnly: Fault = {
  name: 'first-pod-only',
  description: 'of the pods behind a service only the first is ever called',
  alsoBreaks: [{ cases: ['SPL-*'], why: 'a control asks for every pod of a service' }],
  create: () => ({
    served: (resources) => ({
      ...resources,
      [TYPE.endpoints]: resources[TYPE.endpoints].map((assignment) => ({
        ...assignment,
        endpoints: (assignment.endpoints ?? []).map((locality) => ({
          ...locality,
          lbEndpoints: (locality.lbEndpoints ?? []).slice(0, 1),
        })),
      })),
    }),
  }),
};
