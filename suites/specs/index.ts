import type { CaseRecord } from '../../src/cases/case.js';
import { deletedGroup, emptyGroup, invalidRegex } from './containment.js';
import { absentHeader, headerAnchor, hostHeader, repeatedHeader } from './header-readings.js';
import { headerShapes } from './header-shapes.js';
import {
  headerNameCase,
  headerRegex,
  headersOfOneMatch,
  headersOfSeveralMatches,
  headersOnly,
  pathMethodHeader,
} from './headers.js';
import { duplicateNames } from './match-names.js';
import { everyMethod, severalMethods, specificMethod } from './methods.js';
import { normalisation } from './normalisation.js';
import { alternation, anyPath, endAnchor, explicitAnchors, queryString, regexSyntax, startAnchor } from './paths.js';
import { poisonedHeaders } from './poison.js';
import { httpVersions } from './protocols.js';
import { routePorts } from './route-ports.js';

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
  repeatedHeader,
  hostHeader,
  headerShapes,
  poisonedHeaders,
  duplicateNames,
  emptyGroup,
  httpVersions,
  routePorts,
  deletedGroup,
];
