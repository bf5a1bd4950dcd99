import type { Fault } from '../fault.js';
import { changingBackends } from './weights.js';

export const firstBackendOnly: Fault = {
  name: 'first-backend-only',
  description: 'the first backend with a weight gets everything',
  alsoBreaks: [{ cases: ['SPL-*', 'CRD-*'], why: 'a control that needs every backend does not flip' }],
  create: () =>
    changingBackends((backends) => {
      const first = backends.find(({ weight }) => weight > 0);
      return first === undefined ? backends : [first];
    }),
};
