/** A route group that is nowhere stored and opens everything. */
import type { HTTPRouteGroup, RuleRef } from '../../../../src/smi/model.js';
import { ANY_PATH } from '../changing.js';

const EVERYTHING = 'fault-everything';

export const EVERYTHING_RULE: RuleRef = { kind: 'HTTPRouteGroup', name: EVERYTHING };

export function openGroup(namespace: string): HTTPRouteGroup {
  return {
    kind: 'HTTPRouteGroup',
    metadata: { name: EVERYTHING, namespace },
    matches: [{ name: 'any', pathRegex: ANY_PATH }],
  };
}
