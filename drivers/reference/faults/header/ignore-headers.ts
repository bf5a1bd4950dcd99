import { changingMatches } from '../changing.js';
import type { Fault } from '../fault.js';

export const ignoreHeaders: Fault = {
  name: 'ignore-headers',
  description: 'header filters are ignored: path and methods alone decide',
  alsoBreaks: [{ cases: ['SPC-20', 'SPL-35', 'SPL-36'], why: 'what a header filter is about cannot be read any more' }],
  create: () => changingMatches(({ headers: _ignored, ...match }) => match),
};
