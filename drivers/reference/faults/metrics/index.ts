/** Defects of the metrics API. */
import type { Tamper } from '../../../../src/metrics/serve.js';
import type { Fault, FaultHooks } from '../fault.js';
import { doubleCount } from './double-count.js';
import { failuresAsSuccess } from './failures-as-success.js';
import { idleEdges } from './idle-edges.js';
import { ignoresNamespace } from './ignores-namespace.js';
import { ignoresSelector } from './ignores-selector.js';
import { missingEdges } from './missing-edges.js';
import { noWindow } from './no-window.js';
import { onePod } from './one-pod.js';
import { swappedBackends } from './swapped-backends.js';
import { swappedPercentiles } from './swapped-percentiles.js';
import { undiscovered } from './undiscovered.js';
import { unlistedResource } from './unlisted-resource.js';
import { wrongUnit } from './wrong-unit.js';

export const metricsFaults: readonly Fault[] = [
  undiscovered,
  unlistedResource,
  ignoresNamespace,
  noWindow,
  doubleCount,
  failuresAsSuccess,
  wrongUnit,
  swappedPercentiles,
  missingEdges,
  idleEdges,
  onePod,
  ignoresSelector,
  swappedBackends,
];

/** One after the other: each sees the answers of those before it. */
export function tamperOf(hooks: readonly FaultHooks[]): Tamper {
  return hooks.reduce<Tamper>(
    (before, { metrics }) =>
      metrics === undefined ? before : (path, ask) => metrics(path, (other) => before(other, ask)),
    (path, ask) => ask(path),
  );
}
