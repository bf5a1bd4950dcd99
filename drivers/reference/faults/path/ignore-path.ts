import { changingMatches } from '../changing.js';
import type { Fault } from '../fault.js';

export const ignorePath: Fault = {
  name: 'ignore-path',
  description: 'the path of a match is ignored: its methods and headers alone decide',
  alsoBreaks: [
    { cases: ['SPC-25'], why: 'a control is that a path, which no rule names, stays closed' },
    { cases: ['SPL-34'], why: 'another reading of what the text leaves open' },
  ],
  create: () => changingMatches(({ pathRegex: _ignored, ...match }) => match),
};
