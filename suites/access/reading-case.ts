import type { CaseRecord } from '../../src/cases/case.js';
import { withReading, type Unread } from '../specs/readings.js';
import { accessCase, type AccessDraft } from './access-case.js';

/** A class A case of access: which reading of an ambiguous text do the mesh's answers show? */
export const readingCase = (draft: Unread<AccessDraft>): CaseRecord => accessCase(withReading(draft));
