/** What header filters ask for. */
import type { Fault } from '../fault.js';
import { firstHeaderOnly } from './first-header-only.js';
import { headerExact } from './header-exact.js';
import { headerNameCase } from './header-name-case.js';
import { headerPresence } from './header-presence.js';
import { headersOr } from './headers-or.js';
import { ignoreHeaders } from './ignore-headers.js';

export const headerFaults: readonly Fault[] = [
  ignoreHeaders,
  headersOr,
  firstHeaderOnly,
  headerExact,
  headerPresence,
  headerNameCase,
];
