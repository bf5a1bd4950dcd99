/**
 * One behaviour a case: that a rule without `matches` means all of them is a case of its own (ACC-07). Everywhere else the
 * matches are named, so that a mesh that reads the omission differently fails that one case and can still be asked the others.
 */
import type { HTTPRouteGroup, RuleRef, SmiObject } from '../smi/model.js';

/** Names the matches of every rule that leaves them out and whose group is among `objects`. */
export function spellOutMatches(objects: readonly SmiObject[]): readonly SmiObject[] {
  const groups = objects.filter((object): object is HTTPRouteGroup => object.kind === 'HTTPRouteGroup');
  return objects.map((object) => {
    if (object.kind !== 'TrafficTarget') return object;
    const { namespace } = object.metadata;
    return { ...object, rules: object.rules.map((rule) => spellOut(rule, namespace, groups)) };
  });
}

function spellOut(rule: RuleRef, namespace: string, groups: readonly HTTPRouteGroup[]): RuleRef {
  if (rule.kind !== 'HTTPRouteGroup' || rule.matches !== undefined) return rule;
  const group = groups.find(({ metadata }) => metadata.name === rule.name && metadata.namespace === namespace);
  const names = group?.matches.map(({ name }) => name) ?? [];
  return names.length === 0 ? rule : { ...rule, matches: names };
}
