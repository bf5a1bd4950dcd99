import { changingMatches } from '../changing.js';
import type { Fault } from '../fault.js';

export const ignorePath: Fault = {
  name: 'ignore-path',
  description: 'the path of a match is ignored: its methods and headers alone decide',
  create: () => changingMatches(({ pathRegex: _ignored, ...match }) => match),
};
