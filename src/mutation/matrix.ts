/** What became of each case with each fault, and what is wrong with that. */
import picomatch from 'picomatch';
import type { CaseRecord } from '../cases/case.js';
import type { VerdictName } from '../judge/verdict.js';
import type { FaultInfo } from '../mesh/driver.js';

/** What a run of a case came to; of class A the reading of the text belongs to it. */
export interface Decision {
  readonly verdict: VerdictName;
  readonly reading?: string;
  readonly reason: string;
}

/** untouched: nothing that the mesh served while the case ran would have been otherwise. left: there was no time for it. */
export type Outcome =
  { readonly how: 'ran'; readonly decision: Decision } | { readonly how: 'untouched' } | { readonly how: 'left' };

/** One case of the matrix and how it came out without a fault. */
export interface Row {
  readonly record: CaseRecord;
  readonly control: Decision;
  readonly durationMs: number;
}

export interface Matrix {
  readonly rows: readonly Row[];
  readonly faults: readonly FaultInfo[];
  readonly seed: number;
  /** Whether these are all cases, or all faults, that there are. */
  readonly isComplete: { readonly cases: boolean; readonly faults: boolean };
  at(record: CaseRecord, fault: FaultInfo): Outcome;
}

/** What a cell shows. */
export type Mark = 'caught' | 'noticed' | 'changed' | 'same' | 'untouched' | 'left';

/**
 * caught: the case names the fault and fails, or, where it cannot fail, tells of another reading. noticed: it fails without naming it.
 * changed: it comes to something else than without the fault, though it does not fail.
 */
export function markOf(matrix: Matrix, { record, control }: Row, fault: FaultInfo): Mark {
  const outcome = matrix.at(record, fault);
  if (outcome.how !== 'ran') return outcome.how;
  const { decision } = outcome;
  const isOther = !isSameDecision(control, decision);
  if (names(record, fault) && (decision.verdict === 'fail' || (record.class === 'A' && isReading(decision) && isOther)))
    return 'caught';
  if (decision.verdict === 'fail') return 'noticed';
  return isOther ? 'changed' : 'same';
}

export const names = (record: CaseRecord, fault: FaultInfo): boolean => record.catches.includes(fault.name);

function isSameDecision(one: Decision, other: Decision): boolean {
  return one.verdict === other.verdict && one.reading === other.reading;
}

const isReading = ({ verdict, reading }: Decision): boolean => verdict === 'recorded' && reading !== undefined;

/** Why a case may come out otherwise though it does not name the fault. */
export function explanationOf(fault: FaultInfo, { id }: CaseRecord): string | undefined {
  return fault.alsoBreaks?.find(({ cases }) => picomatch.isMatch(id, [...cases]))?.why;
}

/** Whether a cell contradicts what cases and faults say of each other; a second look at it is worth its time. */
export function isSurprising(row: Row, fault: FaultInfo, mark: Mark): boolean {
  if (names(row.record, fault)) return mark !== 'caught';
  return (mark === 'noticed' || mark === 'changed') && explanationOf(fault, row.record) === undefined;
}

/** Everything that must not be, in words. */
export function findFlaws(matrix: Matrix): readonly string[] {
  const { rows, faults, isComplete } = matrix;
  const marks = new Map(rows.map((row) => [row, new Map(faults.map((fault) => [fault, markOf(matrix, row, fault)]))]));
  const markAt = (row: Row, fault: FaultInfo): Mark => marks.get(row)?.get(fault) ?? 'left';
  const usable = rows.filter(({ control }) => control.verdict === 'pass' || control.verdict === 'recorded');
  return [
    ...rows
      .filter(({ control }) => ['fail', 'error', 'inconclusive'].includes(control.verdict))
      .map(({ record, control }) => `${record.id} comes to ${control.verdict} without any fault: ${control.reason}`),
    ...usable.flatMap((row) =>
      faults
        .filter((fault) => isSurprising(row, fault, markAt(row, fault)))
        .map((fault) => describeSurprise(matrix, row, fault, markAt(row, fault))),
    ),
    ...(isComplete.cases ? faults : [])
      .filter((fault) => !usable.some((row) => markAt(row, fault) === 'caught'))
      .map(({ name }) => `${name} is caught by no case that names it`),
    ...(isComplete.faults ? usable : [])
      .filter((row) => row.record.class !== 'A' && !faults.some((fault) => markAt(row, fault) === 'caught'))
      .map(({ record }) => `${record.id}, of class ${record.class}, catches no fault`),
  ];
}

function describeSurprise(matrix: Matrix, { record, control }: Row, fault: FaultInfo, mark: Mark): string {
  const outcome = matrix.at(record, fault);
  if (mark === 'untouched') return `${record.id} names ${fault.name}, which changes nothing that the case sees`;
  if (mark === 'left' || outcome.how !== 'ran')
    return `${record.id} names ${fault.name}, and there was no time to try it`;
  const { verdict, reading, reason } = outcome.decision;
  const now = `${verdict}${reading === undefined ? '' : ` (${reading})`}`;
  const before = `${control.verdict}${control.reading === undefined ? '' : ` (${control.reading})`}`;
  return names(record, fault)
    ? `${record.id} names ${fault.name} and does not catch it: ${now}: ${reason}`
    : `${record.id} comes to ${now} with ${fault.name} instead of ${before}, which nothing explains: ${reason}`;
}
