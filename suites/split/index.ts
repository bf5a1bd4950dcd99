/** Traffic split, in the order of the conformance matrix. */
import type { CaseRecord } from '../../src/cases/case.js';
import { manyFlips, newWeights, otherRoot, serviceCreatedLater, splitDeleted } from './changes.js';
import { notWhole, otherNamespace, portMismatch } from './limits.js';
import { equalWeights, largeRatio, percentages, perRequest, relativeWeights, serviceLevel } from './shares.js';
import { clientOutside, leavesStayReachable, noSplit, singleBackend, zeroWeight } from './targets.js';

export const splitCases: readonly CaseRecord[] = [
  noSplit,
  zeroWeight,
  newWeights,
  percentages,
  relativeWeights,
  equalWeights,
  largeRatio,
  serviceLevel,
  notWhole,
  singleBackend,
  serviceCreatedLater,
  otherNamespace,
  portMismatch,
  leavesStayReachable,
  clientOutside,
  splitDeleted,
  otherRoot,
  manyFlips,
  perRequest,
];
