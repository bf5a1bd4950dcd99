import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Pacer, sleepOnDemand } from '../../../fixtures/agent/pacer.js';

describe('agent: pacer', function () {
  this.timeout(20_000);

  it('calls once for each instant, in order and never before its time', async () => {
    const gaps = [40, 0.4, 5, 0.05, 1, 1, 1, 12.3, 0, -5, 2];
    const called: number[] = [];
    const due: number[] = [];
    const test = new EventEmitter();
    const wakeNext = (): void => {
      const gap = gaps[due.length];
      if (gap === undefined) return void test.emit('end');
      due.push(performance.now() + gap);
      pacer.wakeAt(due.at(-1)!);
    };
    const pacer = await Pacer.start(() => {
      called.push(performance.now());
      wakeNext();
    });
    const end = once(test, 'end');
    wakeNext();
    await end;
    await pacer.stop();
    assert.equal(called.length, gaps.length);
    called.forEach((at, index) => assert(at >= due[index]!, `${at} for ${due[index]}`));
  });

  it('an instant takes the place of one that is still to come, and none comes after the stop', async () => {
    let calls = 0;
    const test = new EventEmitter();
    const pacer = await Pacer.start(() => {
      calls += 1;
      test.emit('call', performance.now());
    });
    const called = once(test, 'call');
    const start = performance.now();
    pacer.wakeAt(start + 20);
    pacer.wakeAt(start + 60);
    const [at] = (await called) as [number];
    assert(at >= start + 60);
    pacer.wakeAt(performance.now() + 5);
    await pacer.stop();
    await new Promise((done) => setTimeout(done, 30));
    assert.equal(calls, 1);
  });

  it('its thread answers each question once, however late the notice of it comes', async () => {
    const memory = new SharedArrayBuffer(16);
    const [asked, until] = [new Int32Array(memory, 0, 1), new Float64Array(memory, 8, 1)];
    const thread = new Worker(`(${sleepOnDemand.toString()})(require('node:worker_threads'))`, {
      eval: true,
      execArgv: [],
      workerData: { asked, until },
    });
    let answers = 0;
    thread.on('message', () => (answers += 1));
    const answered = async (count: number): Promise<void> => {
      while (answers < count) await once(thread, 'message');
    };
    try {
      await answered(1);
      Atomics.add(asked, 0, 1);
      // Asked, and not noticed: only the notices below say so, each of which may find the thread asleep.
      const notices = setInterval(() => Atomics.notify(asked, 0), 1);
      await answered(2);
      await new Promise((done) => setTimeout(done, 50));
      clearInterval(notices);
      assert.equal(answers, 2);
      Atomics.add(asked, 0, 1);
      Atomics.notify(asked, 0);
      await answered(3);
    } finally {
      await thread.terminate();
    }
  });
});
