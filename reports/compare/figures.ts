/** Figures side by side, and which differences are more than chance. */
import { rankSumTest, shiftBetween } from '../../src/statistics/rank-sum.js';
import { adjustByHolm } from '../../src/statistics/tests.js';
import { formatNumber } from '../words.js';
import type { Figure, FigureRow, Pair } from './model.js';

/** A figure with the single values it came from, one a repetition or a change; Infinity: never reached. */
export interface Measured extends Figure {
  readonly values: readonly number[];
}

export interface MeasuredRow {
  readonly name: string;
  readonly measured: readonly Measured[];
}

const ALPHA = 0.05;
/** With more runs than this, all pairs would drown what matters, and cost the tests their power. */
const MOST_FOR_ALL_PAIRS = 6;

/** Holm's correction is over every pair of every row. `against` limits the pairs to those with one run. */
export function compareFigures(rows: readonly MeasuredRow[], against?: string): readonly FigureRow[] {
  const tested = rows.map((row) => ({ row, pairs: pairsOf(row.measured, against).map(testPair) }));
  const adjusted = adjustByHolm(tested.flatMap(({ pairs }) => pairs.map(({ pValue }) => pValue)));
  let next = 0;
  return tested.map(({ row, pairs }) => ({
    name: row.name,
    figures: row.measured.map(({ values: _values, ...figure }) => figure),
    pairs: pairs.map((pair) => {
      const adjustedPValue = adjusted[next] ?? 1;
      next += 1;
      return decide(pair, adjustedPValue);
    }),
  }));
}

/** Said where not every run was compared with every other. */
export function notesOnPairs(rows: readonly MeasuredRow[], against?: string): readonly string[] {
  const most = Math.max(0, ...rows.map(({ measured }) => measured.length));
  if (against !== undefined || most <= MOST_FOR_ALL_PAIRS) return [];
  return [`${most} runs: each was compared with the first only; --baseline names another one`];
}

function pairsOf(
  measured: readonly Measured[],
  against: string | undefined,
): readonly (readonly [Measured, Measured])[] {
  const usable = measured.filter(({ values }) => values.length > 0);
  const one = against === undefined ? undefined : usable.find(({ run }) => run === against);
  const center = one ?? (usable.length > MOST_FOR_ALL_PAIRS ? usable[0] : undefined);
  if (center !== undefined) return usable.filter((other) => other !== center).map((other) => [center, other] as const);
  if (against !== undefined) return [];
  return usable.flatMap((first, index) => usable.slice(index + 1).map((second) => [first, second] as const));
}

interface Tested extends Pick<Pair, 'run' | 'against' | 'pValue' | 'shiftMs' | 'lowMs' | 'highMs'> {
  readonly floorMs: number;
  /** Positive: `run` takes longer. */
  readonly sign: number;
}

function testPair([against, run]: readonly [Measured, Measured]): Tested {
  const shift = shiftBetween(against.values, run.values);
  return {
    ...{ run: run.run, against: against.run },
    pValue: rankSumTest(against.values, run.values),
    ...(shift === undefined ? {} : { shiftMs: shift.value, lowMs: shift.low, highMs: shift.high }),
    floorMs: Math.max(run.floorMs ?? 0, against.floorMs ?? 0),
    sign: shift === undefined ? (run.ms ?? Infinity) - (against.ms ?? Infinity) : shift.value,
  };
}

/** Below the noise floor of either run nobody wins, however certain the difference. */
function decide({ floorMs, sign, ...pair }: Tested, adjustedPValue: number): Pair {
  const told = { ...pair, adjustedPValue };
  const p = `p = ${formatNumber(adjustedPValue)} after Holm's correction`;
  if (adjustedPValue >= ALPHA) return { ...told, outcome: 'no difference shown', reason: p };
  if (pair.shiftMs !== undefined && Math.abs(pair.shiftMs) <= floorMs)
    return {
      ...told,
      outcome: 'no difference shown',
      reason: `within the noise floor of ±${formatNumber(floorMs)} ms`,
    };
  return { ...told, outcome: sign > 0 ? 'slower' : 'faster', reason: p };
}
