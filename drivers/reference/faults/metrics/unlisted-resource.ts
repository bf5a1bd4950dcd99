import type { Fault } from '../fault.js';
import { asObject, BASE, type JsonObject } from './change.js';

export const unlistedResource: Fault = {
  name: 'metrics-unlisted-resource',
  description: 'traffic splits are not among the resources of the metrics API',
  create: () => ({
    metrics: (path, ask) => {
      const answer = ask(path);
      if (path.replace(/\/$/, '') !== BASE) return answer;
      const resources = (asObject(answer.body)['resources'] ?? []) as readonly JsonObject[];
      return {
        ...answer,
        body: { ...asObject(answer.body), resources: resources.filter(({ name }) => name !== 'trafficsplits') },
      };
    },
  }),
};
