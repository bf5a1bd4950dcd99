/** Whether, when and how completely a change arrives. */
import type { Fault } from '../fault.js';
import { flappingConfig } from './flapping-config.js';
import { gapOnChange } from './gap-on-change.js';
import { invalidRegexFreezes } from './invalid-regex-freezes.js';
import { invalidSplitFreezes } from './invalid-split-freezes.js';
import { lateDeletion } from './late-deletion.js';
import { oneProxyNever } from './one-proxy-never.js';
import { partialPush } from './partial-push.js';
import { slowConfig } from './slow-config.js';
import { staleConfig } from './stale-config.js';
import { updateIgnored } from './update-ignored.js';

export const convergenceFaults: readonly Fault[] = [
  staleConfig,
  updateIgnored,
  lateDeletion,
  slowConfig,
  flappingConfig,
  partialPush,
  gapOnChange,
  oneProxyNever,
  invalidRegexFreezes,
  invalidSplitFreezes,
];
