import { admitting } from '../admitting.js';
import type { Fault } from '../fault.js';

export const noSchema: Fault = {
  name: 'no-schema',
  description: 'the API has no schema for SMI: what is not valid is stored as it was sent',
  alsoBreaks: [
    { cases: ['CRD-*'], why: 'an object that is not valid is stored: another reading' },
    { cases: ['SPL-36', 'SPC-25'], why: 'another reading of what the text leaves open' },
  ],
  create: () => admitting(['TrafficTarget', 'HTTPRouteGroup', 'TCPRoute', 'UDPRoute', 'TrafficSplit']),
};
