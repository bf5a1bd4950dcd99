import { changingPaths } from '../changing.js';
import type { Fault } from '../fault.js';

export const alternationLost: Fault = {
  name: 'alternation-lost',
  description: 'of the alternatives of a group in a path expression only the first is kept',
  create: () => changingPaths((expression) => expression.replace(/\(([^()|]*)\|[^()]*\)/g, '($1)')),
};
