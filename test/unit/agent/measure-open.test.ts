/** The open loop by a clock that stands still until it is told to go on. */
import assert from 'node:assert/strict';
import { Ledger } from '../../../fixtures/agent/measure-ledger.js';
import type { Sender } from '../../../fixtures/agent/measure-loop.js';
import { OpenLoop } from '../../../fixtures/agent/measure-open.js';
import { listArrivals } from '../../../fixtures/agent/measure-schedule.js';
import { WindowTally } from '../../../fixtures/agent/measure-tally.js';
import { maxMs, type Histogram } from '../../../src/load/histogram.js';
import { readRecording, type Recording } from '../../../src/load/recording.js';

/** 100/s: due at 0, 10, 20 … ms. */
function setUp(durationMs = 100) {
  const windows = [{ name: 'w', offsetMs: 0, durationMs }];
  const tally = new WindowTally(windows[0]!);
  let nowMs = -1;
  let wakeMs: number | undefined;
  const timing = { elapsedMs: () => nowMs, wakeAtMs: (instantMs: number) => (wakeMs = instantMs) };
  const sends: string[] = [];
  const connect = (name: string): Sender => ({ send: () => sends.push(`${name} at ${nowMs}`) });
  const ledger = new Ledger(Buffer.from('request'), timing);
  const arrivals = listArrivals({ kind: 'open', ratePerSecond: 100, arrivals: 'uniform', seed: 1 }, windows);
  const loop = new OpenLoop(arrivals, [tally], ledger, timing);
  return {
    loop,
    sends,
    connect,
    get wakeMs() {
      return wakeMs;
    },
    /** As the pacer would, `lateMs` after the instant asked for. */
    wake: (lateMs = 0) => {
      nowMs = wakeMs! + lateMs;
      loop.onDue();
    },
    free: (connection: Sender, atMs: number) => {
      nowMs = atMs;
      loop.onFree(connection);
    },
    answer: (connection: Sender, atMs: number) => {
      nowMs = atMs;
      ledger.onAnswer(connection, 200, undefined, nowMs);
      loop.onFree(connection);
    },
    result: (): Recording => readRecording(tally.toResult(0)),
  };
}

/** To the whole millisecond. */
const tell = (histogram: Histogram): [count: number, max: number] => [
  histogram.totalCount,
  Math.floor(maxMs(histogram) ?? 0),
];

describe('agent: open loop', () => {
  it('sends when due, on the connection that has been free for longest', () => {
    const test = setUp(30);
    const [a, b] = [test.connect('a'), test.connect('b')];
    test.free(a, -0.5);
    test.free(b, -0.5);
    test.wake();
    test.answer(a, 1);
    assert.equal(test.wakeMs, 10);
    test.wake(2);
    test.answer(b, 13);
    test.wake();
    test.answer(a, 21);
    assert.deepEqual(test.sends, ['a at 0', 'b at 12', 'a at 20']);
    assert(test.loop.isOver);
    const { due, answered, response, service, sendLag } = test.result();
    assert.deepEqual([due, answered], [3, 3]);
    assert.deepEqual(
      [tell(response), tell(service), tell(sendLag)],
      [
        [3, 3],
        [3, 1],
        [3, 2],
      ],
    );
  });

  it('a request that waits for a busy connection keeps its due time, and its wait is no lag of the generator', () => {
    const test = setUp(40);
    const only = test.connect('only');
    test.free(only, -1);
    test.wake();
    test.wake();
    test.answer(only, 35);
    assert.equal(test.sends.length, 2);
    test.answer(only, 36);
    test.answer(only, 37);
    test.answer(only, 38);
    assert.deepEqual(test.sends, ['only at 0', 'only at 35', 'only at 36', 'only at 37']);
    const { response, service, sendLag } = test.result();
    assert.deepEqual(
      [tell(response), tell(service), tell(sendLag)],
      [
        [4, 35],
        [4, 35],
        [1, 0],
      ],
    );
  });

  it('a generator that was held up owns the lag of all that was due meanwhile, however few connections were free', () => {
    const test = setUp(60);
    const only = test.connect('only');
    test.free(only, -1);
    test.wake(45);
    test.answer(only, 46);
    test.answer(only, 47);
    test.answer(only, 48);
    test.answer(only, 49);
    assert.deepEqual(tell(test.result().sendLag), [5, 45]);
    // The connection is free when the last one becomes due.
    test.answer(only, 49.5);
    test.wake(0);
    assert.deepEqual(tell(test.result().sendLag), [6, 45]);
  });

  it('what has no connection until the end was due and never sent', () => {
    const test = setUp(50);
    const only = test.connect('only');
    test.free(only, -1);
    test.wake();
    test.loop.giveUp();
    assert(test.loop.isOver);
    test.answer(only, 70);
    const { due, sent, answered, unsent } = test.result();
    assert.deepEqual({ due, sent, answered, unsent }, { due: 5, sent: 1, answered: 1, unsent: 4 });
    assert.equal(test.sends.length, 1);
  });
});
