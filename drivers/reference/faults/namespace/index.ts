/** Where a name is looked for. */
import type { Fault } from '../fault.js';
import { foreignGroup } from './foreign-group.js';
import { namespaceBlind } from './namespace-blind.js';
import { sourceNamespaceIgnored } from './source-namespace-ignored.js';

export const namespaceFaults: readonly Fault[] = [namespaceBlind, sourceNamespaceIgnored, foreignGroup];
