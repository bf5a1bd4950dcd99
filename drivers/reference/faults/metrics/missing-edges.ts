import type { Fault } from '../fault.js';
import { withItems } from './change.js';

export const missingEdges: Fault = {
  name: 'metrics-missing-edges',
  description: 'the list of edges of a resource is always empty',
  create: () => ({ metrics: (path, ask) => (/\/edges(\?|$)/.test(path) ? withItems(ask(path), []) : ask(path)) }),
};
