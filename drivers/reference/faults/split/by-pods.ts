import { podsOf } from '../../policy/services.js';
import type { Fault } from '../fault.js';

export const splitByPods: Fault = {
  name: 'split-by-pods',
  description: 'a weight counts for each pod of a backend: a service of more pods gets more',
  create: () => ({
    routing: (routing, { pods, services }) =>
      routing.map((route) => ({
        ...route,
        legs: route.legs.map((leg) => {
          const service = services.get(`${leg.to.namespace}/${leg.to.service}`);
          const count = service === undefined ? 1 : podsOf(service, pods).length;
          return route.legs.length < 2 ? leg : { ...leg, weight: leg.weight * Math.max(1, count) };
        }),
      })),
  }),
};
