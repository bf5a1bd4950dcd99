import type { CaseRecord } from '../../src/cases/case.js';
import { deletedGroup, emptyGroup, invalidRegex } from './containment.js';
import { absentHeader, headerAnchor } from './header-readings.js';
import {
  headerNameCase,
  headerRegex,
  headersOfOneMatch,
  headersOfSeveralMatches,
  headersOnly,
  pathMethodHeader,
} from './headers.js';
import { everyMethod, severalMethods, specificMethod } from './methods.js';
import { normalisation } from './normalisation.js';
import { alternation, anyPath, endAnchor, explicitAnchors, queryString, regexSyntax, startAnchor } from './paths.js';

/** Traffic specs, by id. */
export const specsCases: readonly CaseRecord[] = [
  specificMethod,
  startAnchor,
  endAnchor,
  anyPath,
  regexSyntax,
  alternation,
  explicitAnchors,
  queryString,
  normalisation,
  invalidRegex,
  severalMethods,
  everyMethod,
  headersOnly,
  headerRegex,
  headersOfOneMatch,
  headersOfSeveralMatches,
  pathMethodHeader,
  headerAnchor,
  headerNameCase,
  absentHeader,
  emptyGroup,
  deletedGroup,
];
