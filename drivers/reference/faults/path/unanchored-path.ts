import { ANY_PATH, changingPaths } from '../changing.js';
import type { Fault } from '../fault.js';

export const unanchoredPath: Fault = {
  name: 'unanchored-path',
  description: 'a path expression may match anywhere in the path, not from its beginning',
  create: () => changingPaths((expression) => (expression === ANY_PATH ? expression : `.*(${expression}).*`)),
};
