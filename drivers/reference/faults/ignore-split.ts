import type { Fault } from './fault.js';

export const ignoreSplit: Fault = {
  name: 'ignore-split',
  description: 'TrafficSplits are ignored: a root service is served by its own selector',
  create: () => ({ objects: (objects) => objects.filter((object) => object.kind !== 'TrafficSplit') }),
};
