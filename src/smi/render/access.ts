import type { AccessVersion, IdentityRef, Json, RuleRef, TrafficTarget } from '../model.js';
import { present } from '../present.js';
import { isSince, rulesField } from '../versions.js';
import type { Loss, RenderedFields } from './rendered.js';

type JsonObject = { readonly [key: string]: Json | undefined };

/** The fields of a TrafficTarget in one access version. */
export function renderTrafficTarget(target: TrafficTarget, version: AccessVersion): RenderedFields {
  const hasPort = !isSince(version, 'v1alpha3');
  const { port } = target.destination;
  const losses: Loss[] = [];
  if (port !== undefined && !hasPort) losses.push(lostPort(port, version));
  const rules = target.rules.filter((rule, index) => {
    const isKnown = rule.kind !== 'UDPRoute' || isSince(version, 'v1alpha3');
    if (!isKnown) losses.push(lostUdpRule(rule, index, version));
    return isKnown;
  });
  const destination = present<JsonObject>({ ...renderIdentity(target.destination), port: hasPort ? port : undefined });
  const fields = {
    destination,
    [rulesField(version)]: rules.map(renderRule),
    sources: target.sources.map(renderIdentity),
  };
  return { fields, losses };
}

function renderIdentity({ kind, name, namespace }: IdentityRef): JsonObject {
  return present<JsonObject>({ kind, name, namespace });
}

function renderRule({ kind, name, matches }: RuleRef): JsonObject {
  return present<JsonObject>({ kind, name, matches });
}

function lostPort(port: number, version: AccessVersion): Loss {
  return {
    path: 'destination.port',
    what: `access ${version} has no port on the destination (${port})`,
    consequence: 'the target opens every port of the destination, unless a rule names a TCPRoute with that port',
  };
}

function lostUdpRule(rule: RuleRef, index: number, version: AccessVersion): Loss {
  return {
    path: `rules[${index}]`,
    what: `access ${version} knows no UDPRoute (${rule.name})`,
    consequence: 'the rule is left out: its UDP traffic stays denied',
  };
}
