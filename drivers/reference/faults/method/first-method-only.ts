import { changingMatches } from '../changing.js';
import type { Fault } from '../fault.js';

export const firstMethodOnly: Fault = {
  name: 'first-method-only',
  description: 'only the first method of a match counts',
  create: () =>
    changingMatches((match) =>
      match.methods === undefined ? match : { ...match, methods: match.methods.slice(0, 1) },
    ),
};
