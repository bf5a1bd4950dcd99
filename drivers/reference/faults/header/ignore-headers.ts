import { changingMatches } from '../changing.js';
import type { Fault } from '../fault.js';

export const ignoreHeaders: Fault = {
  name: 'ignore-headers',
  description: 'header filters are ignored: path and methods alone decide',
  alsoBreaks: [{ cases: ['SPC-20'], why: 'what a header filter is about it cannot read any more' }],
  create: () => changingMatches(({ headers: _ignored, ...match }) => match),
};
