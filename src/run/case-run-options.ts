/** What it takes to run one case. */
import type { CaseRecord } from '../cases/case.js';
import type { EvidenceWriter } from '../evidence/store.js';
import type { Lane } from './lane.js';
import type { Patience } from './patience.js';

export interface CaseRunOptions {
  readonly lane: Lane;
  readonly record: CaseRecord;
  readonly writer: EvidenceWriter;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  /** The first violation is enough: `EndedEarly` is thrown then. */
  readonly endAtViolation?: boolean;
}
