import { escapeRegex } from '../../resources/conditions.js';
import { changingMatches } from '../changing.js';
import type { Fault } from '../fault.js';

export const headerExact: Fault = {
  name: 'header-exact',
  description: 'the value of a header filter is compared as plain text, not as an expression',
  alsoBreaks: [
    { cases: ['SPC-20', 'SPC-21', 'SPL-34', 'SPL-35', 'SPL-36'], why: 'a control is an expression' },
    { cases: ['SPC-22'], why: 'another reading of what the text leaves open' },
  ],
  create: () =>
    changingMatches((match) =>
      match.headers === undefined
        ? match
        : { ...match, headers: match.headers.map(({ name, regex }) => ({ name, regex: escapeRegex(regex) })) },
    ),
};
