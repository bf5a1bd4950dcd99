import type { TrafficSplit } from '../../../../src/smi/model.js';
import { indexSplits } from '../../policy/split.js';
import type { RoutingSite } from '../fault.js';

/** The split whose root a service is. */
export function splitOf({ service, objects }: RoutingSite): TrafficSplit | undefined {
  return indexSplits(objects).get(`${service.namespace}/${service.name}`);
}
