import type { SmiObject, TrafficSplit } from '../../../../src/smi/model.js';
import type { Fault } from '../fault.js';

const LEAK_PERCENT = 2;

export const zeroWeightLeak: Fault = {
  name: 'zero-weight-leak',
  description: 'a backend of weight 0 still gets 2 % of the traffic',
  alsoBreaks: [
    {
      cases: ['SPL-*', 'CRD-*'],
      why: 'a split that stands beside the one in question is shared wrongly too, or a control is',
    },
  ],
  create: () => ({ objects: (objects) => objects.map(leak) }),
};

/** Whole factors, so that the ratios of the other backends stay exact. */
function leak(object: SmiObject): SmiObject {
  if (object.kind !== 'TrafficSplit') return object;
  const total = object.backends.reduce((sum, backend) => sum + backend.weight, 0);
  const zeros = object.backends.filter((backend) => backend.weight === 0).length;
  if (zeros === 0 || total <= 0) return object;
  const rest = 100 - LEAK_PERCENT * zeros;
  const backends: TrafficSplit['backends'] = object.backends.map((backend) => ({
    ...backend,
    weight: backend.weight === 0 ? LEAK_PERCENT * total : rest * backend.weight,
  }));
  return { ...object, backends };
}
