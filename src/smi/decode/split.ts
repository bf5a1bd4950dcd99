import type { ObjectMeta, SmiVersion, SplitBackend, SplitMatch, TrafficSplit } from '../model.js';
import { present } from '../present.js';
import { isSince } from '../versions.js';
import type { Cursor } from './cursor.js';

/** Reads a TrafficSplit of any released split version. */
export function decodeTrafficSplit(body: Cursor, metadata: ObjectMeta, version: SmiVersion): TrafficSplit {
  return present<TrafficSplit>({
    kind: 'TrafficSplit',
    metadata,
    service: body.at('service').string(),
    backends: body.at('backends').list((backend) => decodeBackend(backend, version)),
    matches: isSince(version, 'v1alpha3') ? body.at('matches').optionalList(decodeMatch) : undefined,
  });
}

function decodeBackend(backend: Cursor, version: SmiVersion): SplitBackend {
  backend.object();
  return { service: backend.at('service').string(), weight: decodeWeight(backend.at('weight'), version) };
}

/** A weight is required from v1alpha4 on. Before that the text is silent on a missing one: it gets no traffic, the careful reading. */
function decodeWeight(weight: Cursor, version: SmiVersion): number {
  if (weight.isAbsent && !isSince(version, 'v1alpha4')) return 0;
  const value = version === 'v1alpha1' ? weight.quantity() : weight.integer();
  return value >= 0 ? value : weight.expected('a weight of 0 or more', 0);
}

function decodeMatch(match: Cursor): SplitMatch {
  match.object();
  return present<SplitMatch>({
    kind: match.at('kind').string(),
    name: match.at('name').string(),
    apiGroup: match.at('apiGroup').optionalString(),
  });
}
