import type { Fault } from '../fault.js';
import { changingBackends, totalOf } from './weights.js';

export const roundedToPercent: Fault = {
  name: 'rounded-to-percent',
  description: 'shares are rounded to whole percent, a small one up to 1 %',
  create: () =>
    changingBackends((backends) => {
      const total = totalOf(backends);
      if (total <= 0) return backends;
      return backends.map(({ service, weight }) => ({
        service,
        weight: weight === 0 ? 0 : Math.max(1, Math.round((100 * weight) / total)),
      }));
    }),
};
