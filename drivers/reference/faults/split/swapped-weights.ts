import type { Fault } from '../fault.js';
import { changingBackends } from './weights.js';

export const swappedWeights: Fault = {
  name: 'swapped-weights',
  description: 'backends get the weights of a split in reverse order',
  alsoBreaks: [
    {
      cases: ['SPL-*', 'CRD-*'],
      why: 'a split that stands beside the one in question is shared wrongly too, or a control is',
    },
  ],
  create: () =>
    changingBackends((backends) =>
      backends.map((backend, index) => ({ ...backend, weight: backends.at(-1 - index)?.weight ?? backend.weight })),
    ),
};
