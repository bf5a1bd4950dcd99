import { changingMatches } from '../changing.js';
import type { Fault } from '../fault.js';

export const firstHeaderOnly: Fault = {
  name: 'first-header-only',
  description: 'only the first header filter of a match counts',
  create: () =>
    changingMatches((match) =>
      match.headers === undefined ? match : { ...match, headers: match.headers.slice(0, 1) },
    ),
};
