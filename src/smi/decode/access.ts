import type { IdentityRef, ObjectMeta, RuleRef, SmiVersion, TrafficTarget } from '../model.js';
import { present } from '../present.js';
import { isSince, rulesField } from '../versions.js';
import type { Cursor } from './cursor.js';

/** Reads a TrafficTarget of any released access version. A list that is not there is empty and grants nothing. */
export function decodeTrafficTarget(body: Cursor, metadata: ObjectMeta, version: SmiVersion): TrafficTarget {
  const destination = body.at('destination').object();
  // The port left the API with v1alpha3: a leftover there restricts nothing, so it must not look as if it did.
  const port = isSince(version, 'v1alpha3') ? undefined : destination.at('port').optionalInteger();
  return {
    kind: 'TrafficTarget',
    metadata,
    destination: present({ ...decodeIdentity(destination), port }),
    rules: body.at(rulesField(version)).optionalList(decodeRule) ?? [],
    sources: body.at('sources').optionalList(decodeIdentity) ?? [],
  };
}

function decodeIdentity(identity: Cursor): IdentityRef {
  identity.object();
  return present<IdentityRef>({
    kind: identity.at('kind').string(),
    name: identity.at('name').string(),
    namespace: identity.at('namespace').optionalString(),
  });
}

function decodeRule(rule: Cursor): RuleRef {
  rule.object();
  return present<RuleRef>({
    kind: rule.at('kind').string(),
    name: rule.at('name').string(),
    matches: rule.at('matches').optionalList((match) => match.string()),
  });
}
