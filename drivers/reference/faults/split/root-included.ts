import type { Fault } from '../fault.js';
import { changingBackends, totalOf } from './weights.js';

export const rootIncluded: Fault = {
  name: 'root-included',
  description:
    'the pods that the root service selects get a tenth of the traffic, though the split does not name the root',
  alsoBreaks: [
    {
      cases: ['SPL-*', 'CRD-*'],
      why: 'a split that stands beside the one in question is shared wrongly too, or a control is',
    },
    { cases: ['IDN-02'], why: 'the half that asks through a split is answered by the root as well' },
    { cases: ['MET-13'], why: 'some of what it counts goes to the root' },
  ],
  create: () =>
    changingBackends((backends, { service }) => {
      const total = totalOf(backends);
      if (total <= 0 || backends.some((backend) => backend.service === service)) return backends;
      return [...backends.map((backend) => ({ ...backend, weight: 9 * backend.weight })), { service, weight: total }];
    }),
};
