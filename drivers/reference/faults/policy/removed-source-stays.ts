import type { IdentityRef } from '../../../../src/smi/model.js';
import { changing } from '../changing.js';
import { objectKey, type Fault } from '../fault.js';

export const removedSourceStays: Fault = {
  name: 'removed-source-stays',
  description: 'a source that is taken out of a TrafficTarget keeps its access',
  alsoBreaks: [{ cases: ['ACC-19', 'ACC-30'], why: 'a control takes a source away' }],
  create: () => {
    const seen = new Map<string, Map<string, IdentityRef>>();
    return changing('TrafficTarget', (target) => {
      const sources = seen.get(objectKey(target)) ?? new Map<string, IdentityRef>();
      seen.set(objectKey(target), sources);
      for (const source of target.sources) sources.set(`${source.namespace}/${source.name}`, source);
      return { ...target, sources: [...sources.values()] };
    });
  },
};
