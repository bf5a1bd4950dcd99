import type { HTTPRouteGroup, RuleRef } from '../../../../src/smi/model.js';
import type { Fault } from '../fault.js';

export const unknownMatchWidens: Fault = {
  name: 'unknown-match-widens',
  description: 'a rule that names a match which its group lacks is valid for all matches of the group',
  create: () => ({
    objects: (objects) => {
      const groups = objects.filter((object) => object.kind === 'HTTPRouteGroup');
      return objects.map((object) =>
        object.kind !== 'TrafficTarget'
          ? object
          : { ...object, rules: object.rules.map((rule) => widen(rule, object.metadata.namespace, groups)) },
      );
    },
  }),
};

function widen(rule: RuleRef, namespace: string, groups: readonly HTTPRouteGroup[]): RuleRef {
  const group = groups.find(({ metadata }) => metadata.name === rule.name && metadata.namespace === namespace);
  const known = group?.matches.map(({ name }) => name) ?? [];
  if (rule.kind !== 'HTTPRouteGroup' || rule.matches?.every((name) => known.includes(name)) !== false) return rule;
  return { kind: rule.kind, name: rule.name };
}
