import { ANY_PATH, changingPaths } from '../changing.js';
import type { Fault } from '../fault.js';

export const caseInsensitivePath: Fault = {
  name: 'case-insensitive-path',
  description: 'paths are matched without regard to the case of letters',
  create: () => changingPaths((expression) => (expression === ANY_PATH ? expression : `(?i)${expression}`)),
};
