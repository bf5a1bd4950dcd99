import { escapeRegex } from '../../resources/conditions.js';
import { ANY_PATH, changingPaths } from '../changing.js';
import type { Fault } from '../fault.js';

export const literalPath: Fault = {
  name: 'literal-path',
  description: 'a path expression is compared as plain text; .* alone is understood as any path',
  alsoBreaks: [{ cases: ['SPC-02'], why: 'its control is an expression' }],
  create: () => changingPaths((expression) => (expression === ANY_PATH ? expression : escapeRegex(plain(expression)))),
};

/** An escaped character stands for itself. */
const plain = (expression: string): string => expression.replace(/\\(\W)/g, '$1');
