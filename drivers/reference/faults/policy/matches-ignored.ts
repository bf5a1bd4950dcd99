import { changing } from '../changing.js';
import type { Fault } from '../fault.js';

export const matchesIgnored: Fault = {
  name: 'matches-ignored',
  description: 'the matches that a rule names are ignored: its whole group is open',
  alsoBreaks: [{ cases: ['SPC-25'], why: 'a control is that a match of the group, which no rule names, stays closed' }],
  create: () =>
    changing('TrafficTarget', (target) => ({
      ...target,
      rules: target.rules.map(({ matches: _ignored, ...rule }) => rule),
    })),
};
