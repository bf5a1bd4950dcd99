import type { CaseRecord } from '../../src/cases/case.js';
import { aggregates } from './aggregates.js';
import { contents, counts, idleDecay } from './counts.js';
import { exposed, resourceList } from './discovery.js';
import { edges, idlePairs } from './edges.js';
import { percentiles } from './latency.js';
import { labelSelector, unknownName, waysToList } from './lists.js';
import { roles } from './rights.js';
import { backends } from './splits.js';

export const metricsCases: readonly CaseRecord[] = [
  exposed,
  resourceList,
  waysToList,
  unknownName,
  contents,
  counts,
  percentiles,
  edges,
  idlePairs,
  aggregates,
  labelSelector,
  idleDecay,
  backends,
  roles,
];
