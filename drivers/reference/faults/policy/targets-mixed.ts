import type { TrafficTarget } from '../../../../src/smi/model.js';
import type { Fault } from '../fault.js';
import { destinationOf } from './first-target-only.js';

export const targetsMixed: Fault = {
  name: 'targets-mixed',
  description:
    'sources and routes of all TrafficTargets with one destination are mixed: each source may use every route',
  create: () => ({
    objects: (objects) => {
      const targets = objects.filter((object) => object.kind === 'TrafficTarget');
      return objects.map((object) => (object.kind === 'TrafficTarget' ? withAllSources(object, targets) : object));
    },
  }),
};

function withAllSources(target: TrafficTarget, targets: readonly TrafficTarget[]): TrafficTarget {
  const others = targets.filter((other) => other !== target && destinationOf(other) === destinationOf(target));
  return { ...target, sources: [...target.sources, ...others.flatMap(({ sources }) => sources)] };
}
