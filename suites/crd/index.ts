import type { CaseRecord } from '../../src/cases/case.js';
import { groupObjects } from './groups.js';
import { identityBindingObjects } from './identity-bindings.js';
import { splitObjects } from './splits.js';
import { targetObjects } from './targets.js';
import { tcpRouteObjects } from './tcp-routes.js';

export const crdCases: readonly CaseRecord[] = [
  ...splitObjects,
  ...groupObjects,
  ...tcpRouteObjects,
  ...targetObjects,
  ...identityBindingObjects,
];
