/** A matrix on paper: cases A, B and C, faults x and y. */
import type { CaseClass, CaseRecord } from '../../../src/cases/case.js';
import { defineCase } from '../../../src/cases/define.js';
import type { FaultInfo } from '../../../src/mesh/driver.js';
import type { Decision, Matrix, Outcome, Row } from '../../../src/mutation/matrix.js';

export const PASS: Decision = { verdict: 'pass', reason: 'fine' };
export const FAIL: Decision = { verdict: 'fail', reason: 'c1 was let in' };
export const UNPROVEN: Decision = { verdict: 'inconclusive', reason: 'a control is missing' };
export const reads = (reading: string): Decision => ({ verdict: 'recorded', reading, reason: reading });
export const ran = (decision: Decision): Outcome => ({ how: 'ran', decision });
const UNTOUCHED: Outcome = { how: 'untouched' };
export const LEFT: Outcome = { how: 'left' };

function record(id: string, catches: readonly string[], grade: CaseClass = 'M'): CaseRecord {
  return defineCase({
    id,
    class: grade,
    area: 'access',
    title: 'of paper',
    spec: { ref: 'none', phrase: 'none' },
    fixture: 'access',
    setup: 'none',
    expectation: 'none',
    control: 'none',
    catches,
    run: async () => undefined,
  });
}

export const row = (id: string, catches: readonly string[], control = PASS, grade: CaseClass = 'M'): Row => ({
  record: record(id, catches, grade),
  control,
  durationMs: 1,
});

export const fault = (name: string, alsoBreaks: FaultInfo['alsoBreaks'] = []): FaultInfo => ({
  name,
  description: `the defect ${name}`,
  alsoBreaks,
});

/** What is not in `outcomes`, by `ID fault`, is untouched. */
export function matrixOf(
  rows: readonly Row[],
  faults: readonly FaultInfo[],
  outcomes: Readonly<Record<string, Outcome>>,
  isComplete: Matrix['isComplete'] = { cases: true, faults: true },
): Matrix {
  return {
    ...{ rows, faults, isComplete, seed: 1 },
    at: ({ id }, { name }) => outcomes[`${id} ${name}`] ?? UNTOUCHED,
  };
}
