/** What the API makes of objects, and the mesh of those that should not be there. */
import type { Fault } from '../fault.js';
import { invalidGroupOpen } from './invalid-group-open.js';
import { invalidTargetOpen } from './invalid-target-open.js';
import { noSchema } from './no-schema.js';
import { prunesOptional } from './prunes-optional.js';
import { requiresEveryField } from './requires-every-field.js';
import { udpRuleRefused } from './udp-rule-refused.js';

export const apiFaults: readonly Fault[] = [
  noSchema,
  prunesOptional,
  requiresEveryField,
  udpRuleRefused,
  invalidGroupOpen,
  invalidTargetOpen,
];
