import { ANY_PATH, changingPaths } from '../changing.js';
import type { Fault } from '../fault.js';

export const regexPrefix: Fault = {
  name: 'regex-prefix',
  description: 'a path expression has to match the beginning of the path only, whatever follows',
  create: () => changingPaths((expression) => (expression === ANY_PATH ? expression : `(${expression}).*`)),
};
