import { refusedExpressions } from '../../policy/specs.js';
import { ANY_PATH, changingMatches } from '../changing.js';
import { admitting } from '../admitting.js';
import type { Fault } from '../fault.js';

export const invalidGroupOpen: Fault = {
  name: 'invalid-group-open',
  description: 'an HTTPRouteGroup that is not valid is admitted, and what cannot be read of it matches every request',
  alsoBreaks: [
    { cases: ['CRD-*', 'SPC-*'], why: 'an object that is not valid is stored: another reading' },
    { cases: ['SPL-36'], why: 'another reading of what the text leaves open' },
  ],
  create: () => ({
    ...admitting(['HTTPRouteGroup']),
    salvages: (object) =>
      object.kind === 'HTTPRouteGroup' ? { ...object, matches: [{ name: 'm', pathRegex: ANY_PATH }] } : undefined,
    ...changingMatches((match) =>
      refusedExpressions(match).length === 0 ? match : { name: match.name, pathRegex: ANY_PATH },
    ),
  }),
};
