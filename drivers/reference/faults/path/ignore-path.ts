import { changingMatches } from '../changing.js';
import type { Fault } from '../fault.js';

export const ignorePath: Fault = {
  name: 'ignore-path',
  description: 'the path of a match is ignored: its methods and headers alone decide',
  alsoBreaks: [{ cases: ['SPC-25'], why: 'a control is that a path, which no rule names, stays closed' }],
  create: () => changingMatches(({ pathRegex: _ignored, ...match }) => match),
};
