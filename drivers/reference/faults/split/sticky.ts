import { TYPE } from '../../xds/resource.js';
import type { Fault } from '../fault.js';
import { rewrite } from '../rewrite.js';

export const stickySplit: Fault = {
  name: 'sticky-split',
  description: 'a client chooses a backend once, the one of most weight, and stays with it',
  alsoBreaks: [{ cases: ['SPL-*', 'CRD-*'], why: 'a control that needs every backend does not flip' }],
  create: () => ({
    served: (resources) => ({
      ...resources,
      [TYPE.listener]: rewrite(resources[TYPE.listener], decide),
      [TYPE.route]: rewrite(resources[TYPE.route], decide),
    }),
  }),
};

/** One cluster in the place of several, wherever traffic is weighed. */
function decide({ weightedClusters, ...fields }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (weightedClusters === undefined) return fields;
  const { clusters } = weightedClusters as { readonly clusters: readonly { name: string; weight: number }[] };
  const { name } = clusters.reduce((best, cluster) => (cluster.weight > best.weight ? cluster : best));
  return { ...fields, cluster: name };
}
