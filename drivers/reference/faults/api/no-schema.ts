import { admitting } from '../admitting.js';
import type { Fault } from '../fault.js';

export const noSchema: Fault = {
  name: 'no-schema',
  description: 'the API has no schema for SMI: what is not valid is stored as it was sent',
  alsoBreaks: [{ cases: ['CRD-*'], why: 'an object that is not valid is stored: another reading' }],
  create: () => admitting(['TrafficTarget', 'HTTPRouteGroup', 'TCPRoute', 'UDPRoute', 'TrafficSplit']),
};
