import type { Fault } from '../fault.js';

export const ignoreSplit: Fault = {
  name: 'ignore-split',
  description: 'TrafficSplits are ignored: a root service is served by its own selector',
  alsoBreaks: [
    { cases: ['SPL-*', 'CRD-*'], why: 'no marker of a split shows, and a control that needs a split does not flip' },
    { cases: ['IDN-02'], why: 'the half that asks through a split cannot ask' },
    { cases: ['MET-13'], why: 'what it counts is what a split sends to its backends' },
  ],
  create: () => ({ objects: (objects) => objects.filter((object) => object.kind !== 'TrafficSplit') }),
};
