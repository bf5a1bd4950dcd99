import {
  denyByDefault,
  listedSource,
  sameNameElsewhere,
  severalSources,
  sourceNamespace,
  unlistedSource,
} from './deny-by-default.js';
import { groupUpdated, lateGroup, overlappingTargets, revocation, swapSources } from './changes.js';
import { noRules, noSources } from './empty-targets.js';
import { openConnections } from './open-connections.js';
import { allPorts, destinationPort, l4Example, noCrossProduct, portAndRoute, tcpPorts } from './ports.js';
import {
  additiveDisjoint,
  exampleTable,
  identicalRoutes,
  omittedMatches,
  sameNamedGroupElsewhere,
  severalRules,
  unlistedRoute,
} from './routes.js';
import { enforcedAtTarget } from './server-side.js';
import type { CaseRecord } from '../../src/cases/case.js';

export const accessCases: readonly CaseRecord[] = [
  denyByDefault,
  listedSource,
  unlistedSource,
  severalSources,
  unlistedRoute,
  exampleTable,
  omittedMatches,
  severalRules,
  additiveDisjoint,
  overlappingTargets,
  identicalRoutes,
  noCrossProduct,
  portAndRoute,
  destinationPort,
  allPorts,
  tcpPorts,
  l4Example,
  sourceNamespace,
  sameNameElsewhere,
  sameNamedGroupElsewhere,
  lateGroup,
  groupUpdated,
  revocation,
  openConnections,
  swapSources,
  enforcedAtTarget,
  noSources,
  noRules,
];
