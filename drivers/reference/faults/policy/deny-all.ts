import { replacingGrants, type Fault } from '../fault.js';

export const denyAll: Fault = {
  name: 'deny-all',
  description: 'no TrafficTarget grants anything',
  alsoBreaks: [{ cases: ['*'], why: 'neither controls nor markers nor what is split is answered' }],
  create: () => replacingGrants(() => []),
};
