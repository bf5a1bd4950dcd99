import { refusedExpressions } from '../../policy/specs.js';
import { TYPE } from '../../xds/resource.js';
import { admitting } from '../admitting.js';
import { changingMatches } from '../changing.js';
import type { Fault } from '../fault.js';
import { rewrite } from '../rewrite.js';

/** Passes for an expression until it is written into a proxy's configuration, which then has the invalid one. */
const STAND_IN = 'fault-invalid-expression';
const INVALID = '(';

export const invalidRegexFreezes: Fault = {
  name: 'invalid-regex-freezes',
  description: 'an expression that is none is admitted and sent to proxies, which refuse everything that comes with it',
  alsoBreaks: [
    { cases: ['SPC-*', 'CRD-*'], why: 'the proxy that refuses the expression does not take the marker either' },
  ],
  create: () => ({
    ...admitting(['HTTPRouteGroup'], (body) => JSON.stringify(body).includes(`"${INVALID}"`)),
    ...changingMatches((match) => (refusedExpressions(match).length === 0 ? match : { ...match, pathRegex: STAND_IN })),
    served: (resources) => ({ ...resources, [TYPE.route]: rewrite(resources[TYPE.route], spoil) }),
  }),
};

function spoil(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return fields['regex'] === STAND_IN ? { ...fields, regex: INVALID } : fields;
}
