import assert from 'node:assert/strict';
import { processMs, readBusyMs } from '../../../src/bench/busy.js';

describe('bench: processor time of everything', () => {
  it('grows by what is taken, at least', () => {
    const [before = NaN, own = NaN] = [readBusyMs(), processMs(process.pid)];
    const end = performance.now() + 300;
    while (performance.now() < end);
    const [after = NaN, ownAfter = NaN] = [readBusyMs(), processMs(process.pid)];
    const taken = ownAfter - own;
    assert.ok(taken > 0, `${taken}`);
    // A process tells hundredths of a second.
    assert.ok(after - before >= taken - 20, `${after - before} of all, ${taken} of this process`);
  });

  it('knows nothing of a process that is none', () => assert.equal(processMs(2 ** 30), undefined));
});
