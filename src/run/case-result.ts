import type { CaseRecord } from '../cases/case.js';
import type { SealedEvidence } from '../evidence/store.js';
import type { Verdict } from '../judge/verdict.js';
import type { Fidelity } from '../mesh/driver.js';

/** What a run knows of one case once it is over. */
export interface CaseResult extends Verdict {
  readonly record: CaseRecord;
  readonly fidelity: Fidelity;
  readonly durationMs: number;
  /** Of the last gate of the case: until first seen, until stable. */
  readonly convergence?: { readonly firstMs: number; readonly stableMs: number };
  readonly evidence: SealedEvidence;
  /** It ended at what its clients took for a violation; only a failure counts then. */
  readonly endedEarly?: true;
}
