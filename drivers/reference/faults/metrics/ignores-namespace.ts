import type { Fault } from '../fault.js';
import { BASE } from './change.js';

const OF_NAMESPACE = new RegExp(`^${BASE}/namespaces/[^/]+/(?!edges(?:\\?|$))([^/]+)$`);

export const ignoresNamespace: Fault = {
  name: 'metrics-ignores-namespace',
  description: 'a list of traffic metrics of one namespace shows those of all namespaces',
  create: () => ({ metrics: (path, ask) => ask(path.replace(OF_NAMESPACE, `${BASE}/$1`)) }),
};
