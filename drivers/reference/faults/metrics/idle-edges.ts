import type { Fault } from '../fault.js';
import { asObject, itemsOf, withItems } from './change.js';

export const idleEdges: Fault = {
  name: 'metrics-idle-edges',
  description: 'a resource has edges to all others of its kind and namespace, whether or not there was traffic',
  alsoBreaks: [{ cases: ['MET-08'], why: 'its control is a pod that exchanges nothing' }],
  create: () => ({
    metrics: (path, ask) => {
      const [, list] = /^(.+)\/[^/]+\/edges$/.exec(path) ?? [];
      const answer = ask(path);
      if (list === undefined || answer.status !== 200) return answer;
      const others = itemsOf(ask(list)).map((item) => ({
        ...item,
        resource: asObject(answer.body)['resource'],
        edge: { direction: 'from', side: 'server', resource: item['resource'] },
      }));
      return withItems(answer, [...itemsOf(answer), ...others]);
    },
  }),
};
