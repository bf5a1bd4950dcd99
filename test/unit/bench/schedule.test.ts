import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BASELINE, type ArmName } from '../../../src/bench/arms.js';
import { slicesForK6 } from '../../../src/bench/k6-slices.js';
import { makeBlocks, makeSchedule, SLOT_MS, windowsOf } from '../../../src/bench/schedule.js';

const ALL: readonly ArmName[] = ['A/A', 'client-only', 'server-only', 'both'];
const someArms = fc.subarray([...ALL], { minLength: 1 });

describe('bench: schedule', () => {
  it('is the same for the same seed, and another for another', () => {
    assert.deepEqual(makeSchedule(ALL, 6, 1), makeSchedule(ALL, 6, 1));
    assert.notDeepEqual(makeSchedule(ALL, 6, 1), makeSchedule(ALL, 6, 2));
  });

  it('never loads two arms at once, except where it interleaves them', () => {
    fc.assert(
      fc.property(someArms, fc.integer({ min: 1, max: 20 }), fc.nat(), (arms, seconds, seed) => {
        const { slots, durationMs } = makeSchedule(arms, seconds, seed);
        for (const [index, { offsetMs }] of slots.entries()) {
          const before = slots[index - 1];
          if (before !== undefined) assert.ok(offsetMs > before.offsetMs + before.durationMs);
        }
        const last = slots.at(-1);
        assert.ok(last !== undefined && durationMs >= last.offsetMs + last.durationMs);
        for (const { arms: loaded, design } of slots) assert.equal(loaded.length, design === 'slices' ? 1 : 2);
      }),
    );
  });

  it('leaves k6 one block of longer slices a comparison, and nothing with both arms at once', () => {
    const { slots, durationMs } = slicesForK6(makeSchedule(ALL, 12, 1));
    assert.equal(slots.length, 4 * ALL.length);
    assert.ok(slots.every(({ arms, design }) => arms.length === 1 && design === 'slices'));
    for (const arm of ALL) assert.equal(new Set(slots.filter(({ comparison }) => comparison === arm)).size, 4);
    assert.deepEqual(
      slots.map(({ offsetMs }) => offsetMs),
      slots.map((slot, index) => index * slot.durationMs),
    );
    assert.equal(durationMs, slots.length * (slots[0]?.durationMs ?? 0));
  });

  it('gives both arms of a comparison the same time, in pairs of neighbours, ABBA or BAAB', () => {
    fc.assert(
      fc.property(someArms, fc.nat(), (arms, seed) => {
        const { slots } = makeSchedule(arms, 6, seed);
        for (const arm of arms) {
          const own = slots.filter(({ comparison, design }) => comparison === arm && design === 'slices');
          assert.equal(own.length, 8);
          for (let first = 0; first < own.length; first += 4) {
            const block = own.slice(first, first + 4);
            const [a, b, c, d] = block.map(({ arms: [loaded] }) => loaded);
            assert.ok(a === d && b === c && a !== b);
            assert.deepEqual(new Set([a, b]), new Set([arm, BASELINE.name]));
            const [one, two, three, four] = block.map(({ pair }) => pair);
            assert.ok(one === two && three === four && one !== three);
            const span = (block[3]?.offsetMs ?? 0) - (block[0]?.offsetMs ?? 0);
            assert.ok(span < 4 * SLOT_MS, 'a block is not torn apart');
          }
        }
      }),
    );
  });

  it('hands every agent all its windows, ascending and disjoint', () => {
    for (const window of [BASELINE.name, 'both' as const].flatMap((arm) => windowsOf(makeBlocks('both', 6), arm)))
      assert.ok(window.offsetMs >= 0, `${window.name} begins at ${window.offsetMs} ms`);
    const schedule = makeSchedule(ALL, 6, 5);
    const told = [BASELINE.name, ...ALL].flatMap((arm) => windowsOf(schedule, arm));
    assert.equal(told.length, 2 * schedule.slots.reduce((sum, { arms }) => sum + arms.length, 0));
    assert.equal(windowsOf(schedule, BASELINE.name).length, 2 * 4 * (4 + 4));
    for (const arm of ALL) {
      const windows = windowsOf(schedule, arm);
      for (const [index, { offsetMs }] of windows.entries()) {
        const { offsetMs: start = 0, durationMs = 0 } = windows[index - 1] ?? {};
        assert.ok(offsetMs >= start + durationMs);
      }
      const offsets = windows.map(({ offsetMs }) => offsetMs);
      assert.deepEqual(
        offsets,
        [...offsets].sort((a, b) => a - b),
      );
    }
  });

  it('has two blocks of half the time each in the design of others', () => {
    const { slots, durationMs } = makeBlocks('both', 6);
    assert.deepEqual(
      slots.map(({ arms, durationMs: each }) => [arms, each]),
      [
        [[BASELINE.name], 3_000],
        [['both'], 3_000],
      ],
    );
    const last = slots.at(-1);
    assert.ok(last !== undefined && last.offsetMs + last.durationMs <= durationMs);
  });

  it('begins with either arm, and mixes the comparisons', () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => makeSchedule(ALL, 6, seed));
    const firsts = seeds.map(({ slots }) => slots.find(({ design }) => design === 'slices')?.arms[0] === BASELINE.name);
    assert.ok(firsts.includes(true) && firsts.includes(false));
    assert.ok(new Set(seeds.map(({ slots }) => slots.map(({ comparison }) => comparison).join())).size > 15);
  });
});
