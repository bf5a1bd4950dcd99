import {
  denyByDefault,
  listedSource,
  sameNameElsewhere,
  severalSources,
  sourceNamespace,
  unlistedOverTcp,
  unlistedSource,
} from './deny-by-default.js';
import { groupUpdated, lateGroup, overlappingTargets, revocation, swapSources } from './changes.js';
import { noRules, noSources } from './empty-targets.js';
import { otherKinds, selfCall } from './identities.js';
import { destinationNamespace, selfGrant, sourceNamespaceOmitted } from './namespaces.js';
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
import { tcpRouteAlone, unknownMatch } from './rule-readings.js';
import { scaledIdentity } from './scaling.js';
import { enforcedAtTarget } from './server-side.js';
import { accessBesideSplit } from './splits.js';
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
  tcpRouteAlone,
  destinationPort,
  allPorts,
  tcpPorts,
  l4Example,
  sourceNamespace,
  sameNameElsewhere,
  selfGrant,
  destinationNamespace,
  sourceNamespaceOmitted,
  sameNamedGroupElsewhere,
  lateGroup,
  unknownMatch,
  groupUpdated,
  revocation,
  openConnections,
  swapSources,
  enforcedAtTarget,
  scaledIdentity,
  noSources,
  noRules,
  otherKinds,
  selfCall,
  unlistedOverTcp,
  accessBesideSplit,
];
