import assert from 'node:assert/strict';
import { nextDeadline, patienceForOne, patienceOf } from '../../../src/run/patience.js';

describe('run/patience', () => {
  const after = (exceeded: number, isControl = false) => nextDeadline({ ...patienceOf(20_000), exceeded }, isControl);
  const alone = (exceeded: number, isControl = false) =>
    nextDeadline({ ...patienceForOne(patienceOf(20_000)), exceeded }, isControl);

  it('waits in full until three gates in a row have passed their deadline', () => {
    assert.deepEqual(
      [0, 2, 3].map((exceeded) => after(exceeded)),
      [
        { deadlineMs: 20_000, shortened: false },
        { deadlineMs: 20_000, shortened: false },
        { deadlineMs: 4_000, shortened: true },
      ],
    );
    assert.deepEqual(after(3, true), { deadlineMs: 4_000, shortened: true });
  });

  it('takes the first gate that a case alone has passed for its answer, and still waits for its control in full', () => {
    assert.deepEqual(
      [0, 1].map((exceeded) => alone(exceeded)),
      [
        { deadlineMs: 20_000, shortened: false },
        { deadlineMs: 4_000, shortened: true },
      ],
    );
    assert.deepEqual(alone(2, true), { deadlineMs: 20_000, shortened: false });
  });

  it('cuts no deadline that is short already', () => {
    assert.deepEqual(nextDeadline({ ...patienceOf(800), exceeded: 9 }, false), { deadlineMs: 800, shortened: false });
  });
});
