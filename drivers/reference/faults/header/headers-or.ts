import { changingMatches } from '../changing.js';
import type { Fault } from '../fault.js';

export const headersOr: Fault = {
  name: 'headers-or',
  description: 'one header filter of a match that holds is enough, instead of all of them',
  create: () =>
    changingMatches((match) =>
      match.headers === undefined || match.headers.length < 2
        ? match
        : match.headers.map((header) => ({ ...match, headers: [header] })),
    ),
};
