import { changing } from '../changing.js';
import type { Fault } from '../fault.js';

export const udpRouteIgnored: Fault = {
  name: 'udp-route-ignored',
  description: 'rules of kind UDPRoute open nothing',
  create: () =>
    changing('TrafficTarget', (target) => ({
      ...target,
      rules: target.rules.filter(({ kind }) => kind !== 'UDPRoute'),
    })),
};
