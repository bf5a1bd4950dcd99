/** Figures side by side, and which differences are more than chance. */
import { leastPValue, rankSumTest, shiftBetween, superiority } from '../../src/statistics/rank-sum.js';
import { adjustByHolm } from '../../src/statistics/tests.js';
import { formatNumber } from '../words.js';
import type { Figure, FigureRow, Pair } from './model.js';

/** A figure with the single values it came from, one a repetition or a change; Infinity: never reached. */
export interface Measured extends Figure {
  readonly runId: string;
  readonly mesh: string;
  readonly values: readonly number[];
}

export interface MeasuredRow {
  readonly name: string;
  readonly measured: readonly Measured[];
}

const ALPHA = 0.05;
/** With more runs than this, all pairs would drown what matters, and cost the tests their power. */
const MOST_FOR_ALL_PAIRS = 6;

/** Holm's correction is over every pair of every row. `baseline`, the id of a run, limits the pairs to those with it. */
export function compareFigures(rows: readonly MeasuredRow[], baseline?: string): readonly FigureRow[] {
  const tested = rows.map((row) => ({ row, pairs: pairsOf(row.measured, baseline).map(testPair) }));
  const all = tested.flatMap(({ pairs }) => pairs);
  const adjusted = new Map(adjustByHolm(all.map(({ pValue }) => pValue)).map((p, index) => [all[index], p]));
  return tested.map(({ row, pairs }) => ({
    name: row.name,
    figures: row.measured.map(({ values: _values, runId: _id, mesh: _mesh, ...figure }) => figure),
    pairs: pairs.map((pair) => decide(pair, adjusted.get(pair) ?? 1, all.length)),
  }));
}

/** Said where not every run was compared with every other. */
export function notesOnPairs(rows: readonly MeasuredRow[], baseline?: string): readonly string[] {
  const most = Math.max(0, ...rows.map(({ measured }) => measured.length));
  if (baseline !== undefined || most <= MOST_FOR_ALL_PAIRS) return [];
  return [`${most} runs: each was compared with the first only; --baseline names another one`];
}

type MeasuredPair = readonly [against: Measured, run: Measured];

function pairsOf(measured: readonly Measured[], baseline: string | undefined): readonly MeasuredPair[] {
  const usable = measured.filter(({ values }) => values.length > 0);
  if (baseline !== undefined) return pairsWith(usable, baseline);
  const [first] = usable;
  if (first !== undefined && usable.length > MOST_FOR_ALL_PAIRS)
    return usable.slice(1).map((other) => [first, other] as const);
  return usable.flatMap((one, index) => usable.slice(index + 1).map((other) => [one, other] as const));
}

/** Each mesh with the same of the baseline; another mesh only where both runs have one alone. */
function pairsWith(usable: readonly Measured[], baseline: string): readonly MeasuredPair[] {
  const ofRun = (id: string): readonly Measured[] => usable.filter(({ runId }) => runId === id);
  const origins = ofRun(baseline);
  return usable
    .filter(({ runId }) => runId !== baseline)
    .flatMap((one) => {
      const alone = origins.length === 1 && ofRun(one.runId).length === 1 ? origins[0] : undefined;
      const origin = origins.find(({ mesh }) => mesh === one.mesh) ?? alone;
      return origin === undefined ? [] : [[origin, one] as const];
    });
}

interface Tested extends Pick<Pair, 'run' | 'against' | 'pValue' | 'shiftMs' | 'lowMs' | 'highMs'> {
  readonly floorMs: number;
  readonly leastP: number;
  /** Positive: `run` takes longer. */
  readonly sign: number;
}

function testPair([against, run]: MeasuredPair): Tested {
  const shift = shiftBetween(against.values, run.values);
  return {
    ...{ run: run.run, against: against.run },
    pValue: rankSumTest(against.values, run.values),
    ...(shift === undefined ? {} : { shiftMs: shift.value, lowMs: shift.low, highMs: shift.high }),
    floorMs: Math.max(run.floorMs ?? 0, against.floorMs ?? 0),
    leastP: leastPValue(against.values.length, run.values.length),
    sign: superiority(against.values, run.values),
  };
}

/** Below the noise floor of either run nobody wins, however certain the difference. */
function decide({ floorMs, leastP, sign, ...pair }: Tested, adjustedPValue: number, tests: number): Pair {
  const told = { ...pair, adjustedPValue };
  const p = `p = ${formatNumber(adjustedPValue)} after Holm's correction`;
  if (leastP * tests >= ALPHA)
    return {
      ...told,
      outcome: 'too few values',
      reason: `with so few repetitions not even the largest difference would show among ${tests} comparisons`,
    };
  if (adjustedPValue >= ALPHA) return { ...told, outcome: 'no difference shown', reason: p };
  if (pair.shiftMs !== undefined && Math.abs(pair.shiftMs) <= floorMs)
    return {
      ...told,
      outcome: 'no difference shown',
      reason: `within the noise floor of ±${formatNumber(floorMs)} ms`,
    };
  return { ...told, outcome: sign > 0 ? 'slower' : 'faster', reason: p };
}
