import { changing } from '../changing.js';
import type { Fault } from '../fault.js';

export const ignoreMatches: Fault = {
  name: 'ignore-matches',
  description: 'the matches of a split are ignored: it holds for every request',
  alsoBreaks: [
    { cases: ['SPL-36'], why: 'its control is a split of which the same matches hold' },
    { cases: ['SPL-34'], why: 'another reading of what the text leaves open' },
  ],
  create: () => changing('TrafficSplit', ({ matches: _ignored, ...split }) => split),
};
