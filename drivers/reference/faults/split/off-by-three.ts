import type { Fault } from '../fault.js';
import { changingBackends, totalOf } from './weights.js';

const POINTS = 3;

export const offByThree: Fault = {
  name: 'off-by-three',
  description: 'the first backend of a split gets 3 points more than its share, at the cost of the last one',
  alsoBreaks: [
    { cases: ['SPL-*'], why: 'three points are less than the samples are planned for: they are found now and then' },
  ],
  create: () =>
    changingBackends((backends) => {
      const shared = backends.filter(({ weight }) => weight > 0);
      const [first, last] = [shared[0], shared.at(-1)];
      const total = totalOf(backends);
      if (first === undefined || last === undefined || first === last || !Number.isFinite(total)) return backends;
      // In hundredths of the total, so that weights stay whole; no backend can lose more than it has.
      const moved = Math.min(POINTS * total, 100 * last.weight);
      return backends.map((backend) => ({
        ...backend,
        weight: 100 * backend.weight + (backend === first ? moved : 0) - (backend === last ? moved : 0),
      }));
    }),
};
