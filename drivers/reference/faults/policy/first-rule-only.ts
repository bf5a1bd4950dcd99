import { changing } from '../changing.js';
import type { Fault } from '../fault.js';

export const firstRuleOnly: Fault = {
  name: 'first-rule-only',
  description: 'only the first rule of a TrafficTarget counts',
  create: () => changing('TrafficTarget', (target) => ({ ...target, rules: target.rules.slice(0, 1) })),
};
