import { changingMatches } from '../changing.js';
import type { Fault } from '../fault.js';

export const headerNameCase: Fault = {
  name: 'header-name-case',
  description:
    'names of headers are case-sensitive, and requests have them in small letters: a filter with a capital never holds',
  create: () =>
    changingMatches((match) => (match.headers?.some(({ name }) => name !== name.toLowerCase()) === true ? [] : match)),
};
