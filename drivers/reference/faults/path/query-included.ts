import type { HttpCondition } from '../../policy/specs.js';
import { ANY_PATH } from '../changing.js';
import { replacingGrants, type Fault } from '../fault.js';

export const queryIncluded: Fault = {
  name: 'query-included',
  description: 'a path expression must match the path together with its query',
  create: () =>
    replacingGrants((grants) =>
      grants.map(({ conditions, ...grant }) =>
        conditions === undefined ? grant : { ...grant, conditions: conditions.map(withQuery) },
      ),
    ),
};

/** The pseudo header holds both, whereas a path is compared without its query. */
function withQuery({ pathRegex, ...condition }: HttpCondition): HttpCondition {
  if (pathRegex === undefined) return condition;
  if (pathRegex === ANY_PATH) return { ...condition, pathRegex };
  return { ...condition, headers: [...condition.headers, { name: ':path', regex: pathRegex }] };
}
