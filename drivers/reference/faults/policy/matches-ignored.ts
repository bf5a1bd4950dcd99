import { changing } from '../changing.js';
import type { Fault } from '../fault.js';

export const matchesIgnored: Fault = {
  name: 'matches-ignored',
  description: 'the matches that a rule names are ignored: its whole group is open',
  create: () =>
    changing('TrafficTarget', (target) => ({
      ...target,
      rules: target.rules.map(({ matches: _ignored, ...rule }) => rule),
    })),
};
