import type { Fault } from '../fault.js';
import { changingObjects } from './change.js';

export const noWindow: Fault = {
  name: 'metrics-no-window',
  description: 'traffic metrics do not say which span of time they cover',
  alsoBreaks: [{ cases: ['MET-*'], why: 'metrics that do not say which span they cover can be compared with nothing' }],
  create: () => ({ metrics: changingObjects(({ window: _window, ...object }) => object) }),
};
