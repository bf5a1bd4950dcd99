/** When each arm is loaded in one repetition. Pure: the same seed gives the same schedule. */
import type { MeasureWindow } from '../../fixtures/agent/protocol.js';
import { createSeededRandom } from '../../fixtures/agent/seeded-random.js';
import { BASELINE, type ArmName } from './arms.js';

/** slices: one arm at a time, ABBA; interleaved: both at once, half a gap apart. */
export type Design = 'slices' | 'interleaved';

/** A stretch of time in which one arm, or both of a comparison, are loaded. */
export interface Slot extends MeasureWindow {
  readonly arms: readonly ArmName[];
  /** The arm that is compared with the baseline here. */
  readonly comparison: ArmName;
  readonly design: Design;
  /** Slots of one pair are neighbours in time; an interleaved slot is a pair by itself. */
  readonly pair: string;
}

export interface Schedule {
  readonly slots: readonly Slot[];
  readonly durationMs: number;
}

export const SLOT_MS = 500;
/** Between two slots: the answers to the last requests come in before the next arm begins. */
const GAP_MS = 20;
/** Load before each slot that is not counted: an arm that has waited for its turn is slower at first, and the baseline waits least. */
const LEAD_IN_MS = 100;
const SLOTS_OF_BLOCK = 4;
const LEAST_WINDOWS = 2;

/**
 * Two thirds of `seconds` go to ABBA blocks of four slices for each comparison, in random order and starting with either arm, so
 * that a drift of the machine hits both alike; one third to interleaved windows, which the tail needs.
 */
export function makeSchedule(comparisons: readonly ArmName[], seconds: number, seed: number): Schedule {
  const random = createSeededRandom(seed);
  const blocks = Math.max(1, Math.floor((seconds * 2) / 3 / ((SLOTS_OF_BLOCK * SLOT_MS) / 1000)));
  const windows = Math.max(LEAST_WINDOWS, Math.floor((seconds * 1000) / 3 / SLOT_MS));
  const units = comparisons.flatMap((comparison) => [
    ...Array.from({ length: blocks }, (_, index) => slicesOf(comparison, index, random() < 0.5)),
    Array.from({ length: windows }, (_, index) => interleavedOf(comparison, index)),
  ]);
  let offsetMs = LEAD_IN_MS;
  const slots = shuffle(units, random)
    .flat()
    .map((slot): Slot => {
      const placed = { ...slot, offsetMs, durationMs: SLOT_MS };
      offsetMs += SLOT_MS + GAP_MS + LEAD_IN_MS;
      return placed;
    });
  return { slots, durationMs: offsetMs };
}

/** The design of others, to measure ours by: all of the baseline, then all of the arm. */
export function makeBlocks(arm: ArmName, seconds: number): Schedule {
  const durationMs = (seconds * 1_000) / 2;
  const slots = [BASELINE.name, arm].map((each, index): Slot => ({
    ...{ name: `block/${each}`, arms: [each], comparison: arm, design: 'slices', pair: 'blocks', durationMs },
    offsetMs: LEAD_IN_MS + index * (durationMs + GAP_MS + LEAD_IN_MS),
  }));
  return { slots, durationMs: 2 * (durationMs + GAP_MS + LEAD_IN_MS) };
}

/** The windows in which one arm is loaded: each slot, and before it a window that belongs to none. */
export function windowsOf({ slots }: Schedule, arm: ArmName): readonly MeasureWindow[] {
  return slots
    .filter(({ arms }) => arms.includes(arm))
    .flatMap(({ name, offsetMs, durationMs }) => [
      { name: `${name}/lead-in`, offsetMs: offsetMs - LEAD_IN_MS, durationMs: LEAD_IN_MS },
      { name, offsetMs, durationMs },
    ]);
}

type Unplaced = Omit<Slot, 'offsetMs' | 'durationMs'>;

function slicesOf(comparison: ArmName, block: number, baselineFirst: boolean): readonly Unplaced[] {
  const outer = baselineFirst ? BASELINE.name : comparison;
  const inner = baselineFirst ? comparison : BASELINE.name;
  return [outer, inner, inner, outer].map((arm, index) => ({
    name: `${comparison}/slice-${block}.${index}`,
    arms: [arm],
    comparison,
    design: 'slices',
    pair: `${comparison}/slices-${block}.${index < 2 ? 'first' : 'second'}`,
  }));
}

function interleavedOf(comparison: ArmName, index: number): Unplaced {
  const name = `${comparison}/window-${index}`;
  return { name, arms: [BASELINE.name, comparison], comparison, design: 'interleaved', pair: name };
}

/** Fisher and Yates. */
function shuffle<T>(items: readonly T[], random: () => number): readonly T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [shuffled[last], shuffled[other]];
    if (a === undefined || b === undefined) continue;
    shuffled[last] = b;
    shuffled[other] = a;
  }
  return shuffled;
}
