import type { Fault } from '../fault.js';

export const ignoreSplit: Fault = {
  name: 'ignore-split',
  description: 'TrafficSplits are ignored: a root service is served by its own selector',
  alsoBreaks: [
    { cases: ['SPL-*', 'CRD-*'], why: 'no marker of a split shows, and a control that needs a split does not flip' },
  ],
  create: () => ({ objects: (objects) => objects.filter((object) => object.kind !== 'TrafficSplit') }),
};
