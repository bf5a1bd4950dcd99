import assert from 'node:assert/strict';
import { nextStretch, Pace, PACE } from '../../../src/converge/pace.js';

const pace = (more: Partial<ConstructorParameters<typeof Pace>[0]> = {}): Pace =>
  new Pace({ streams: 4, connections: 'reuse', stretch: 1, ...more });

describe('convergence: the pace of probes', () => {
  it('never more than the budget over all streams, and never finer than the finest', () => {
    assert.equal(pace().fineGapMs, 2);
    assert.equal(pace({ streams: 1 }).fineGapMs, PACE.finestGapMs);
    assert.equal(pace({ streams: 16 }).fineGapMs, 8);
    assert.equal(pace({ connections: 'new' }).fineGapMs, 4);
    for (const streams of [1, 2, 4, 8, 16])
      assert.ok((streams * 1_000) / pace({ streams }).fineGapMs <= PACE.probesPerSecond.reuse);
  });

  it('coarse until the first change is seen anywhere, then fine for two seconds, then coarse again', () => {
    const unknown = pace();
    assert.equal(unknown.firstGapMs, PACE.coarseGapMs);
    assert.equal(unknown.gapAt(500, undefined), PACE.coarseGapMs);
    assert.equal(unknown.gapAt(510, 505), 2);
    assert.equal(unknown.gapAt(2_504, 505), 2);
    assert.equal(unknown.gapAt(2_600, 505), PACE.coarseGapMs);
  });

  it('fine from four fifths of the floor on, and from the start where that is too soon to tell the agents', () => {
    const slow = pace({ floorMs: 2_000 });
    assert.equal(slow.firstGapMs, PACE.coarseGapMs);
    assert.equal(slow.gapAt(1_500, undefined), PACE.coarseGapMs);
    assert.equal(slow.gapAt(1_600, undefined), 2);
    assert.equal(slow.gapAt(3_600, undefined), PACE.coarseGapMs, 'two seconds later it has not come');
    assert.equal(slow.gapAt(3_700, 3_650), 2, 'and now it has');
    assert.equal(pace({ floorMs: 20 }).firstGapMs, 2);
    assert.equal(pace({ floorMs: -5 }).gapAt(0, undefined), 2);
  });

  it('probes that slow one another down are spread, up to the coarse gap, and drawn together again', () => {
    assert.equal(nextStretch(1, 9, 2), 2);
    assert.equal(nextStretch(2, 3.5, 2), 2, 'neither slow nor quick');
    assert.equal(nextStretch(4, 2, 2), 2);
    assert.equal(nextStretch(1, 2, 2), 1);
    assert.equal(nextStretch(16, 90, 2), 16);
    assert.equal(nextStretch(2, undefined, 2), 2);
    assert.equal(pace({ stretch: 16 }).fineGapMs, PACE.coarseGapMs);
  });
});
