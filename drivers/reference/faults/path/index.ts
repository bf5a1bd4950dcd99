/** What a path expression means. */
import type { Fault } from '../fault.js';
import { alternationLost } from './alternation-lost.js';
import { caseInsensitivePath } from './case-insensitive-path.js';
import { ignorePath } from './ignore-path.js';
import { literalPath } from './literal-path.js';
import { prefixPath } from './prefix-path.js';
import { queryIncluded } from './query-included.js';
import { rawPath } from './raw-path.js';
import { regexPrefix } from './regex-prefix.js';
import { unanchoredPath } from './unanchored-path.js';

export const pathFaults: readonly Fault[] = [
  ignorePath,
  prefixPath,
  regexPrefix,
  unanchoredPath,
  literalPath,
  alternationLost,
  caseInsensitivePath,
  queryIncluded,
  rawPath,
];
