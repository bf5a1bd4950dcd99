import type { SmiObject, TrafficSplit } from '../../../../src/smi/model.js';
import type { Fault } from '../fault.js';

export const foreignRoot: Fault = {
  name: 'foreign-root',
  description: 'a TrafficSplit whose root is named with another namespace applies there',
  create: () => ({ objects: (objects) => objects.map(move) }),
};

/** `root.other` is the root of a split in `other`. */
function move(object: SmiObject): SmiObject {
  if (object.kind !== 'TrafficSplit') return object;
  const [service = object.service, namespace = object.metadata.namespace] = object.service.split('.');
  const moved: TrafficSplit = { ...object, service, metadata: { ...object.metadata, namespace } };
  return namespace === object.metadata.namespace ? object : moved;
}
