import { changing } from '../changing.js';
import type { Fault } from '../fault.js';

export const sourceNamespaceIgnored: Fault = {
  name: 'source-namespace-ignored',
  description: 'the namespace of a source is ignored: it is looked for in the namespace of its TrafficTarget',
  alsoBreaks: [
    {
      cases: ['ACC-06', 'ACC-20', 'ACC-21', 'ACC-23', 'ACC-37', 'SPL-18'],
      why: 'a client of the other namespace cannot reach its control target, or the pod that a control asks',
    },
  ],
  create: () =>
    changing('TrafficTarget', (target) => ({
      ...target,
      sources: target.sources.map((source) => ({ ...source, namespace: target.metadata.namespace })),
    })),
};
