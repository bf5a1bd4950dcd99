import assert from 'node:assert/strict';
import fc from 'fast-check';
import { interleave } from '../../../fixtures/agent/batch.js';
import { LineReader } from '../../../fixtures/agent/line-reader.js';
import { Recorder } from '../../../fixtures/agent/recorder.js';

describe('agent: recorder', () => {
  it('hands over every record once, in order, whatever the rhythm of questions', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5)), (arrivals) => {
        const recorder = new Recorder('p');
        const log = recorder.forPort(80);
        const sent: string[] = [];
        const received: string[] = [];
        let cursor = 0;
        for (const count of [...arrivals, 0]) {
          for (let i = 0; i < count; i++) {
            log.record({ id: `${sent.length}`, protocol: 'tcp', conn: 0 });
            sent.push(`${sent.length}`);
          }
          const { next, records } = recorder.read(cursor);
          assert.equal(next, cursor + records.length);
          // An answer that got lost on its way is asked for again.
          assert.deepEqual(recorder.read(cursor).records, records);
          cursor = next;
          received.push(...records.map(({ id }) => id));
        }
        assert.deepEqual(received, sent);
      }),
    );
  });

  it('holds 100,000 records, and shows a gap when it had to drop some', () => {
    const recorder = new Recorder('p');
    const log = recorder.forPort(80);
    for (let i = 0; i < 100_000; i++) log.record({ id: `${i}`, protocol: 'http/1.1', conn: i % 16 });
    assert.equal(recorder.read(0).records.length, 100_000);
    assert.equal(recorder.read(100_000).records.length, 0);

    const small = new Recorder('p', 10);
    for (let i = 0; i < 25; i++) small.forPort(80).record({ id: `${i}`, protocol: 'udp', conn: 0 });
    const { next, records } = small.read(0);
    assert.deepEqual([next, records.map(({ seq }) => seq)], [25, [16, 17, 18, 19, 20, 21, 22, 23, 24, 25]]);
  });

  it('forgets nothing on the word of a cursor it never gave out', () => {
    const recorder = new Recorder('p');
    for (let i = 0; i < 3; i++) recorder.forPort(80).record({ id: `${i}`, protocol: 'tcp', conn: 0 });
    const { next, records } = recorder.read(3);
    assert.deepEqual([next, records.length], [3, 3]);
  });
});

describe('agent: lines and turns', () => {
  it('cuts lines the same however the bytes arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z0-9-]{0,8}$/)),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (lines, cuts) => {
          const reader = new LineReader();
          let text = lines.map((line) => `${line}\n`).join('');
          const read: string[] = [];
          for (const cut of [...cuts, Number.MAX_SAFE_INTEGER]) {
            read.push(...reader.push(Buffer.from(text.slice(0, cut))));
            text = text.slice(cut);
          }
          assert.deepEqual(read, lines);
        },
      ),
    );
  });

  it('takes items in turn, each as often as it asks', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6), { maxLength: 6 }), (counts) => {
        const spec = { protocol: 'tcp', host: 'h', port: 1, timeoutMs: 1 } as const;
        const items = counts.map((count, i) => ({ cell: `${i}`, count, spec }));
        const taken = [...interleave(items)].map(({ cell }) => Number(cell));
        counts.forEach((count, i) => assert.equal(taken.filter((cell) => cell === i).length, count));
        // Between two turns of one item, every other item that is not finished has had exactly one.
        counts.forEach((_, i) => {
          const rounds = taken.flatMap((cell, at) => (cell === i ? [at] : []));
          rounds.slice(1).forEach((at, n) => {
            const between = taken.slice(rounds[n]! + 1, at);
            assert.equal(new Set(between).size, between.length);
          });
        });
      }),
    );
  });
});
