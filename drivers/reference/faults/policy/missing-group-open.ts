import type { HTTPRouteGroup } from '../../../../src/smi/model.js';
import { ANY_PATH } from '../changing.js';
import type { Fault } from '../fault.js';

export const missingGroupOpen: Fault = {
  name: 'missing-group-open',
  description: 'a rule whose HTTPRouteGroup does not exist opens every route',
  create: () => ({
    objects: (objects) => {
      const groups = objects.filter((object) => object.kind === 'HTTPRouteGroup');
      const stored = new Set(groups.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
      const missing = objects.flatMap((object): readonly HTTPRouteGroup[] => {
        if (object.kind !== 'TrafficTarget') return [];
        const { namespace } = object.metadata;
        return object.rules
          .filter(({ kind, name }) => kind === 'HTTPRouteGroup' && !stored.has(`${namespace}/${name}`))
          .map(({ name, matches = ['any'] }) => ({
            kind: 'HTTPRouteGroup',
            metadata: { name, namespace },
            matches: matches.map((match) => ({ name: match, pathRegex: ANY_PATH })),
          }));
      });
      return missing.length === 0 ? objects : [...objects, ...missing];
    },
  }),
};
