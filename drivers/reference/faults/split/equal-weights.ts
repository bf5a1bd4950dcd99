import type { Fault } from '../fault.js';
import { changingBackends } from './weights.js';

export const equalWeights: Fault = {
  name: 'equal-weights',
  description: 'every backend with a weight gets the same share, whatever the weight',
  alsoBreaks: [
    {
      cases: ['SPL-*', 'CRD-*'],
      why: 'a split that stands beside the one in question is shared wrongly too, or a control is',
    },
  ],
  create: () =>
    changingBackends((backends) =>
      backends.map((backend) => ({ ...backend, weight: backend.weight > 0 ? 1 : backend.weight })),
    ),
};
