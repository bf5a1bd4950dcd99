import type { TrafficTarget } from '../../../../src/smi/model.js';
import type { Fault } from '../fault.js';

export const firstTargetOnly: Fault = {
  name: 'first-target-only',
  description: 'of several TrafficTargets with one destination only the oldest counts',
  alsoBreaks: [
    {
      cases: ['*'],
      why: 'the target of the marker is a second one for its destination, so that no gate opens and no denial has its control',
    },
  ],
  create: () => ({
    objects: (objects) => {
      const oldest = new Map<string, TrafficTarget>();
      for (const object of objects) {
        if (object.kind !== 'TrafficTarget' || oldest.has(destinationOf(object))) continue;
        oldest.set(destinationOf(object), object);
      }
      return objects.filter(
        (object) => object.kind !== 'TrafficTarget' || oldest.get(destinationOf(object)) === object,
      );
    },
  }),
};

export function destinationOf({ destination, metadata }: TrafficTarget): string {
  return `${destination.namespace ?? metadata.namespace}/${destination.name}`;
}
