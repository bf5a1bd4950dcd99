import { isDeepStrictEqual } from 'node:util';
import type { HTTPRouteGroup, HttpMatch, SmiObject, TrafficTarget } from '../../../../src/smi/model.js';
import type { Fault } from '../fault.js';

export const rulesAnded: Fault = {
  name: 'rules-anded',
  description: 'a request must satisfy every route group of a TrafficTarget: what not all of them list is closed',
  create: () => ({
    objects: (objects) => {
      const groups = objects.filter((object) => object.kind === 'HTTPRouteGroup');
      return objects.flatMap((object) => (object.kind === 'TrafficTarget' ? intersect(object, groups) : [object]));
    },
  }),
};

/** The target with one group in the place of several: the matches that all of them have. */
function intersect(target: TrafficTarget, groups: readonly HTTPRouteGroup[]): readonly SmiObject[] {
  const { namespace } = target.metadata;
  const rules = target.rules.filter(({ kind }) => kind === 'HTTPRouteGroup');
  if (rules.length < 2) return [target];
  const [first = [], ...others] = rules.map(({ name, matches }) =>
    (groups.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace)?.matches ?? []).filter(
      (match) => matches?.includes(match.name) ?? true,
    ),
  );
  const common = first.filter((match) => others.every((list) => list.some((other) => isSameMatch(match, other))));
  const name = `${target.metadata.name}-all-rules`;
  return [
    { kind: 'HTTPRouteGroup', metadata: { name, namespace }, matches: common },
    { ...target, rules: [...target.rules.filter((rule) => !rules.includes(rule)), { kind: 'HTTPRouteGroup', name }] },
  ];
}

function isSameMatch({ name: _one, ...left }: HttpMatch, { name: _other, ...right }: HttpMatch): boolean {
  return isDeepStrictEqual(left, right);
}
