/** Which methods a match takes. */
import type { Fault } from '../fault.js';
import { firstMethodOnly } from './first-method-only.js';
import { headAsGet } from './head-as-get.js';
import { ignoreMethod } from './ignore-method.js';
import { wildcardGetOnly } from './wildcard-get-only.js';

export const methodFaults: readonly Fault[] = [ignoreMethod, firstMethodOnly, wildcardGetOnly, headAsGet];
