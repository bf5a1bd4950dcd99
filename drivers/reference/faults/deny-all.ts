import { replacingGrants, type Fault } from './fault.js';

export const denyAll: Fault = {
  name: 'deny-all',
  description: 'no TrafficTarget grants anything',
  create: () => replacingGrants(() => []),
};
