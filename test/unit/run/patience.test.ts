import assert from 'node:assert/strict';
import { learn, nextDeadline, noteRestart, patienceForOne, patienceOf } from '../../../src/run/patience.js';

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

  it('waits three times as long once after the control plane was restarted, and learns nothing from it', () => {
    const patience = { ...patienceForOne(patienceOf(20_000)), exceeded: 1, slowestMs: 4_000 };
    noteRestart(patience);
    assert.deepEqual(nextDeadline(patience, false), { deadlineMs: 60_000, shortened: false });
    learn(patience, { converged: true, tookMs: 30_000 });
    assert.deepEqual(nextDeadline(patience, false), { deadlineMs: 6_000, shortened: false });
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

  it('gives a case alone half as much again as the slowest gate took in company, but its control all of it', () => {
    const patience = patienceOf(20_000);
    learn(patience, { converged: true, tookMs: 6_000 });
    learn(patience, { converged: true, tookMs: 2_000 });
    assert.deepEqual(nextDeadline(patience, false), { deadlineMs: 20_000, shortened: false });
    const one = patienceForOne(patience);
    assert.deepEqual(nextDeadline(one, false), { deadlineMs: 9_000, shortened: false });
    assert.deepEqual(nextDeadline(one, true), { deadlineMs: 20_000, shortened: false });
    learn(patience, { converged: true, tookMs: 19_000 });
    assert.deepEqual(nextDeadline(patienceForOne(patience), false), { deadlineMs: 20_000, shortened: false });
    learn(patience, { converged: false, tookMs: 0 });
    assert.equal(patience.exceeded, 1);
  });

  it('cuts no deadline that is short already', () => {
    assert.deepEqual(nextDeadline({ ...patienceOf(800), exceeded: 9 }, false), { deadlineMs: 800, shortened: false });
  });
});
