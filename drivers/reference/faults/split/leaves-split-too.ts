import type { SmiObject, TrafficSplit } from '../../../../src/smi/model.js';
import type { Fault } from '../fault.js';

export const leavesSplitToo: Fault = {
  name: 'leaves-split-too',
  description: 'a call to a backend by its own name is split like a call to the root',
  create: () => ({
    objects: (objects) => {
      const roots = new Set(objects.map(rootOf));
      return objects.flatMap((object): readonly SmiObject[] =>
        object.kind === 'TrafficSplit' ? [object, ...ofLeaves(object, roots)] : [object],
      );
    },
  }),
};

/** A single backend would be split to itself. */
function ofLeaves(split: TrafficSplit, roots: ReadonlySet<string | undefined>): readonly TrafficSplit[] {
  if (split.backends.length < 2) return [];
  return split.backends
    .map(({ service }) => ({ ...split, service }))
    .filter((leaf) => !roots.has(rootOf(leaf)))
    .map((leaf) => ({ ...leaf, metadata: { ...split.metadata, name: `${split.metadata.name}-${leaf.service}` } }));
}

const rootOf = (object: SmiObject): string | undefined =>
  object.kind === 'TrafficSplit' ? `${object.metadata.namespace}/${object.service}` : undefined;
