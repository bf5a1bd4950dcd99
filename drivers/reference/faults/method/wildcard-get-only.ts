import { changingMatches } from '../changing.js';
import type { Fault } from '../fault.js';

export const wildcardGetOnly: Fault = {
  name: 'wildcard-get-only',
  description: 'an asterisk among the methods stands for GET alone',
  alsoBreaks: [{ cases: ['ACC-01', 'SPC-01'], why: 'a control is asked with POST and granted with an asterisk' }],
  create: () =>
    changingMatches((match) => (match.methods?.includes('*') === true ? { ...match, methods: ['GET'] } : match)),
};
