import { changingMatches } from '../changing.js';
import type { Fault } from '../fault.js';

export const headerPresence: Fault = {
  name: 'header-presence',
  description: 'a header that is there suffices, whatever its value',
  create: () =>
    changingMatches((match) =>
      match.headers === undefined
        ? match
        : { ...match, headers: match.headers.map(({ name }) => ({ name, regex: '.*' })) },
    ),
};
