import { changing } from '../changing.js';
import type { Fault } from '../fault.js';

export const firstSourceOnly: Fault = {
  name: 'first-source-only',
  description: 'only the first source of a TrafficTarget counts',
  alsoBreaks: [
    {
      cases: ['ACC-*', 'SPC-*', 'IDN-*', 'CRD-*'],
      why: "the clients that are not the first source of the control target's policy cannot reach it, so that their denials prove nothing",
    },
    { cases: ['SPL-*'], why: 'c2 is not the first source of the policy that lets clients reach the backends' },
  ],
  create: () => changing('TrafficTarget', (target) => ({ ...target, sources: target.sources.slice(0, 1) })),
};
