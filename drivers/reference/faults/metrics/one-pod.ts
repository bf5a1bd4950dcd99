import type { Fault } from '../fault.js';
import { asObject, BASE, countOf, itemsOf, type JsonObject } from './change.js';

const AGGREGATE = new RegExp(`^(${BASE}/namespaces/[^/]+)(?:/(?:deployments|services)/[^/]+)?$`);

export const onePod: Fault = {
  name: 'metrics-one-pod',
  description: 'the metrics of deployments, services and namespaces are those of one busy pod of the namespace',
  create: () => ({
    metrics: (path, ask) => {
      const answer = ask(path);
      const [, namespace] = AGGREGATE.exec(path) ?? [];
      const busy = namespace === undefined ? undefined : itemsOf(ask(`${namespace}/pods`)).find(hasTraffic);
      if (busy === undefined || answer.status !== 200) return answer;
      return { ...answer, body: { ...asObject(answer.body), metrics: busy['metrics'] } };
    },
  }),
};

function hasTraffic(object: JsonObject): boolean {
  const metrics = (object['metrics'] ?? []) as readonly JsonObject[];
  return metrics.some((metric) => metric['name'] === 'success_count' && countOf(metric) > 0);
}
