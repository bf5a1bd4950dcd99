/** A fault that gives the backends of a split other weights, or other backends. */
import type { SplitBackend, TrafficSplit } from '../../../../src/smi/model.js';
import { changing } from '../changing.js';
import type { FaultHooks } from '../fault.js';

export function changingBackends(
  change: (backends: readonly SplitBackend[], split: TrafficSplit) => readonly SplitBackend[],
): FaultHooks {
  return changing('TrafficSplit', (split) => ({ ...split, backends: change(split.backends, split) }));
}

export const totalOf = (backends: readonly SplitBackend[]): number =>
  backends.reduce((sum, { weight }) => sum + weight, 0);
