/** On which ports a grant holds. */
import type { Fault } from '../fault.js';
import { destinationPortIgnored } from './destination-port-ignored.js';
import { emptyPortsDeny } from './empty-ports-deny.js';
import { firstPortOnly } from './first-port-only.js';
import { ignorePort } from './ignore-port.js';

export const portFaults: readonly Fault[] = [ignorePort, firstPortOnly, emptyPortsDeny, destinationPortIgnored];
