import type { Fault } from '../fault.js';

export const foreignGroup: Fault = {
  name: 'foreign-group',
  description: 'a rule whose group is missing uses a group of the same name in another namespace',
  create: () => ({
    objects: (objects) => {
      const groups = objects.filter((object) => object.kind === 'HTTPRouteGroup');
      const borrowed = objects.flatMap((object) => {
        if (object.kind !== 'TrafficTarget') return [];
        const { namespace } = object.metadata;
        return object.rules.flatMap(({ kind, name }) => {
          const namesakes = kind === 'HTTPRouteGroup' ? groups.filter(({ metadata }) => metadata.name === name) : [];
          const [first] = namesakes;
          if (first === undefined || namesakes.some(({ metadata }) => metadata.namespace === namespace)) return [];
          return [{ ...first, metadata: { ...first.metadata, namespace } }];
        });
      });
      return [...objects, ...borrowed];
    },
  }),
};
