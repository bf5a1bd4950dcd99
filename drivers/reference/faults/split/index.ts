/** Where the traffic of a root goes. */
import type { Fault } from '../fault.js';
import { splitByPods } from './by-pods.js';
import { splitDeletionIgnored } from './deletion-ignored.js';
import { equalWeights } from './equal-weights.js';
import { firstBackendOnly } from './first-backend-only.js';
import { firstPodOnly } from './first-pod-only.js';
import { foreignRoot } from './foreign-root.js';
import { ignoreSplit } from './ignore-split.js';
import { leavesSplitToo } from './leaves-split-too.js';
import { ignoreMatches } from './ignore-matches.js';
import { missingBackendBlackHole } from './missing-backend-black-hole.js';
import { offByThree } from './off-by-three.js';
import { splitOtherNamespace } from './other-namespace.js';
import { splitPortIgnored } from './port-ignored.js';
import { rootIncluded } from './root-included.js';
import { roundedToPercent } from './rounded-to-percent.js';
import { stickySplit } from './sticky.js';
import { swappedWeights } from './swapped-weights.js';
import { zeroWeightLeak } from './zero-weight-leak.js';

export const splitFaults: readonly Fault[] = [
  ignoreSplit,
  roundedToPercent,
  stickySplit,
  zeroWeightLeak,
  missingBackendBlackHole,
  offByThree,
  swappedWeights,
  equalWeights,
  firstBackendOnly,
  rootIncluded,
  splitByPods,
  firstPodOnly,
  splitPortIgnored,
  ignoreMatches,
  splitOtherNamespace,
  foreignRoot,
  splitDeletionIgnored,
  leavesSplitToo,
];
