import { ANYONE } from '../../policy/access.js';
import { replacingGrants, type Fault } from '../fault.js';

export const allowAll: Fault = {
  name: 'allow-all',
  description: 'every peer may call everything, whatever the TrafficTargets say',
  alsoBreaks: [{ cases: ['*'], why: 'a control that has to be denied is let in' }],
  create: () => replacingGrants(() => [ANYONE]),
};
