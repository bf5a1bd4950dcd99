import type { RuleRef } from '../../../../src/smi/model.js';
import { admitting, type SentBody } from '../admitting.js';
import { changing } from '../changing.js';
import type { Fault } from '../fault.js';

const RULE_KINDS = ['HTTPRouteGroup', 'TCPRoute', 'UDPRoute'];

export const kindBlind: Fault = {
  name: 'kind-blind',
  description:
    'kinds are ignored: a Group is taken for the account of its name, an unknown kind of rule for a route group',
  create: () => ({
    ...admitting(['TrafficTarget'], mentionsOtherKind),
    ...changing('TrafficTarget', (target) => ({
      ...target,
      destination: { ...target.destination, kind: 'ServiceAccount' },
      sources: target.sources.map((source) => ({ ...source, kind: 'ServiceAccount' })),
      rules: target.rules.map(asRoute),
    })),
  }),
};

function asRoute(rule: RuleRef): RuleRef {
  return RULE_KINDS.includes(rule.kind) ? rule : { ...rule, kind: 'HTTPRouteGroup' };
}

function mentionsOtherKind(body: SentBody): boolean {
  const kinds = [...JSON.stringify(body).matchAll(/"kind":"([^"]*)"/g)].map(([, kind = '']) => kind);
  return kinds.some((kind) => kind !== 'ServiceAccount' && !RULE_KINDS.includes(kind));
}
