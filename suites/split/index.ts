/** Traffic split, in the order of the conformance matrix. */
import type { CaseRecord } from '../../src/cases/case.js';
import { manyFlips, newWeights, otherRoot, serviceCreatedLater, splitDeleted } from './changes.js';
import { partlyAllowed, perClient } from './clients.js';
import { notWhole, otherNamespace, portMismatch } from './limits.js';
import { allZero, hierarchy, missingBackend, noEndpoints, selfReference } from './odd-splits.js';
import { everyPort, targetPort } from './ports.js';
import { printedExample } from './printed.js';
import { everyName, headlessRoot, oddRoot, rootElsewhere } from './roots.js';
import { mergedGroups, missingGroup, oneSegment, pathAndMethod } from './segments.js';
import { equalWeights, largeRatio, percentages, perRequest, relativeWeights, serviceLevel } from './shares.js';
import { perStream, tcpConnections } from './streams.js';
import { clientOutside, leavesStayReachable, noSplit, singleBackend, zeroWeight } from './targets.js';
import { twoSplits } from './two-splits.js';

export const splitCases: readonly CaseRecord[] = [
  noSplit,
  zeroWeight,
  newWeights,
  percentages,
  relativeWeights,
  equalWeights,
  largeRatio,
  serviceLevel,
  allZero,
  notWhole,
  singleBackend,
  serviceCreatedLater,
  missingBackend,
  noEndpoints,
  selfReference,
  hierarchy,
  twoSplits,
  otherNamespace,
  rootElsewhere,
  portMismatch,
  targetPort,
  everyPort,
  leavesStayReachable,
  clientOutside,
  splitDeleted,
  otherRoot,
  manyFlips,
  perRequest,
  perStream,
  tcpConnections,
  perClient,
  oneSegment,
  mergedGroups,
  pathAndMethod,
  missingGroup,
  printedExample,
  oddRoot,
  partlyAllowed,
  everyName,
  headlessRoot,
];
