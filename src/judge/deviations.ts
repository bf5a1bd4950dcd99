/** Sets what a run found beside the list of deviations that are known of the mesh: nothing new passes unseen, nothing old stays listed. */
import type { Deviation } from '../mesh/driver.js';
import type { VerdictName } from './verdict.js';

/**
 * seen: the case ended as listed. changed: it ended in another way that is no pass. gone: it passed, so the list is out of
 * date. not-run: it was not asked, or could not be carried out.
 */
export type DeviationState = 'seen' | 'changed' | 'gone' | 'not-run';

export interface DeviationReport {
  readonly listed: readonly (Deviation & { readonly state: DeviationState })[];
  /** Cases that failed or stayed open without being listed. */
  readonly unlisted: readonly string[];
}

interface Judged {
  readonly id: string;
  readonly verdict: VerdictName;
}

export function compareWithDeviations(cases: readonly Judged[], listed: readonly Deviation[]): DeviationReport {
  const known = new Set(listed.map((one) => one.case));
  return {
    listed: listed.map((one) => ({
      ...one,
      state: stateOf(one, cases.find(({ id }) => id === one.case)?.verdict),
    })),
    unlisted: cases
      .filter(({ id, verdict }) => (verdict === 'fail' || verdict === 'inconclusive') && !known.has(id))
      .map(({ id }) => id),
  };
}

function stateOf({ verdict: listed }: Deviation, found: VerdictName | undefined): DeviationState {
  if (found === undefined || found === 'excluded') return 'not-run';
  if (found === listed) return 'seen';
  if (found === 'pass' || found === 'recorded') return 'gone';
  return found === 'error' ? 'not-run' : 'changed';
}
