import { changing } from '../changing.js';
import type { Fault } from '../fault.js';

export const omittedMatchesDeny: Fault = {
  name: 'omitted-matches-deny',
  description: 'a rule of an HTTPRouteGroup that names no matches grants none of them, instead of all',
  alsoBreaks: [
    {
      cases: ['CRD-15', 'CRD-16', 'CRD-17'],
      why: 'the rule for a group that is offered word for word does not name its matches',
    },
  ],
  create: () =>
    changing('TrafficTarget', (target) => ({
      ...target,
      rules: target.rules.map((rule) => (rule.kind === 'HTTPRouteGroup' ? { matches: [], ...rule } : rule)),
    })),
};
