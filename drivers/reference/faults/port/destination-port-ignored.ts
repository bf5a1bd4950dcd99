import { changing } from '../changing.js';
import type { Fault } from '../fault.js';

export const destinationPortIgnored: Fault = {
  name: 'destination-port-ignored',
  description: 'the port of a destination is ignored: the grant holds for every port',
  create: () =>
    changing('TrafficTarget', (target) => {
      const { port: _ignored, ...destination } = target.destination;
      return { ...target, destination };
    }),
};
