import type { Fault } from '../fault.js';

export const ignoreMethod: Fault = {
  name: 'ignore-method',
  description: 'the methods of an HTTPRouteGroup are ignored: a path is open to all of them',
  create: () => ({
    objects: (objects) =>
      objects.map((object) =>
        object.kind !== 'HTTPRouteGroup'
          ? object
          : { ...object, matches: object.matches.map(({ methods: _ignored, ...match }) => match) },
      ),
  }),
};
