/** From slices to statements: paired differences, one a repetition, with their noise floor beside them. */
import { decodeHistogram, mergeHistograms, quantileMs, type Histogram } from '../load/histogram.js';
import { blockBootstrapInterval, bootstrapInterval } from '../statistics/bootstrap.js';
import { median, medianInterval, type Interval } from '../statistics/order.js';
import { isEquivalent, noiseFloor, signTest, adjustByHolm } from '../statistics/tests.js';
import { BASELINE, TWIN, type ArmName } from './arms.js';
import { spoiling } from './gates.js';
import { QUANTILES, type MeasuredQuantile, type QuantileName } from './quantiles.js';
import type { SliceRecord } from './records.js';

export type Outcome = 'slower' | 'faster' | 'equivalent' | 'inconclusive';

/** One arm against the baseline at one quantile, before it is compared with chance. */
export interface Comparison {
  readonly mesh: string;
  readonly arm: ArmName;
  readonly quantile: MeasuredQuantile;
  /** Median of the pairs of each repetition, in milliseconds. */
  readonly differences: readonly number[];
  /** Of every valid pair, in the order of time. */
  readonly pairDifferences: readonly number[];
  readonly pairs: { readonly valid: number; readonly planned: number };
  readonly baselineMs: number;
  readonly armMs: number;
}

/** A comparison whose number nobody could stand behind. */
export interface Withheld {
  readonly mesh: string;
  readonly arm: ArmName;
  readonly quantile: string;
  readonly reason: string;
}

export interface Judged extends Comparison {
  readonly deltaMs: number;
  readonly interval: Interval;
  readonly bootstrap: Interval;
  /** From single pairs in blocks; it knows nothing of how repetitions differ. */
  readonly withinInterval: Interval;
  readonly floorMs: number;
  readonly detectableMs: number;
  readonly marginMs: number;
  readonly pValue: number;
  readonly adjustedP: number;
  readonly outcome: Outcome;
  readonly reason: string;
}

/** Whole microseconds are what histograms hold. */
const RESOLUTION_MS = 0.001;
/** Differences below this share of the baseline, or below this time, are nothing a user would act on. */
const MARGIN = { share: 0.1, leastMs: 0.1 } as const;
/** Half of the pairs may be spoilt by causes from outside; with more gone, what is left is no fair sample. */
const LEAST_VALID_SHARE = 0.5;
/** A floor of fewer twins than this is a guess. */
const LEAST_REPS = 2;
const ALPHA = 0.05;
/** The two pairs of an ABBA block hang together. */
const PAIRS_OF_BLOCK = 2;

/** Slices in which the arm was alone, and that say something (of the quantile); none, where more than half of them were spoilt: what is left is no fair sample. */
export function aloneSlices(own: readonly SliceRecord[], quantile?: QuantileName): readonly SliceRecord[] {
  const all = own.filter(({ slot }) => slot.design === 'slices');
  const valid = all.filter(({ causes }) => spoiling(causes, quantile).length === 0);
  return valid.length < LEAST_VALID_SHARE * all.length ? [] : valid;
}

/** Every quantile of one arm, as far as there is enough of it. */
export function compareArm(
  mesh: string,
  arm: ArmName,
  slices: readonly SliceRecord[],
): readonly (Comparison | Withheld)[] {
  return QUANTILES.map((quantile) => compareQuantile({ mesh, arm, quantile }, slices));
}

export function isWithheld(one: Comparison | Withheld): one is Withheld {
  return 'reason' in one && !('differences' in one);
}

function compareQuantile(
  asked: Pick<Comparison, 'mesh' | 'arm' | 'quantile'>,
  slices: readonly SliceRecord[],
): Comparison | Withheld {
  const { quantile, arm, mesh } = asked;
  const own = slices.filter(({ slot }) => slot.comparison === arm && slot.design === quantile.design);
  const pairs = pairUp(own, arm);
  const counts = (slice: SliceRecord): boolean => spoiling(slice.causes, quantile.name).length === 0;
  const valid = pairs.filter(({ one, baseline }) => counts(one) && counts(baseline));
  const withhold = (reason: string): Withheld => ({ mesh, arm, quantile: quantile.name, reason });
  if (pairs.length === 0) return withhold('nothing was measured');
  if (valid.length < LEAST_VALID_SHARE * pairs.length)
    return withhold(`only ${valid.length} of ${pairs.length} pairs are valid: ${describeCauses(own, quantile.name)}`);
  const byRep = groupBy(valid, ({ one }) => one.rep);
  if (byRep.size < LEAST_REPS) return withhold(`${byRep.size} repetition: at least ${LEAST_REPS} are needed`);
  const responses = {
    arm: mergeResponses(valid.map(({ one }) => one)),
    baseline: mergeResponses(valid.map(({ baseline }) => baseline)),
  };
  const armMs = quantileMs(responses.arm, quantile.q);
  const baselineMs = quantileMs(responses.baseline, quantile.q);
  if (armMs === undefined || baselineMs === undefined)
    return withhold(`${responses.arm.totalCount} requests are too few for ${quantile.name}`);
  const differences = [...byRep.values()].map((rep) => median(rep.map((pair) => differenceOf(pair, quantile.name))));
  const pairDifferences = valid.map((pair) => differenceOf(pair, quantile.name));
  const told = { valid: valid.length, planned: pairs.length };
  return { ...asked, differences, pairDifferences, pairs: told, armMs, baselineMs };
}

interface Pair {
  readonly one: SliceRecord;
  readonly baseline: SliceRecord;
}

function pairUp(slices: readonly SliceRecord[], arm: ArmName): readonly Pair[] {
  return [...groupBy(slices, ({ rep, slot }) => `${rep}/${slot.pair}`).values()].flatMap((both) => {
    const one = both.find((slice) => slice.arm === arm);
    const baseline = both.find((slice) => slice.arm === BASELINE.name);
    return one === undefined || baseline === undefined ? [] : [{ one, baseline }];
  });
}

function differenceOf({ one, baseline }: Pair, quantile: string): number {
  return (one.quantilesMs[quantile] ?? NaN) - (baseline.quantilesMs[quantile] ?? NaN);
}

/** One after the other, so that only one of them is decoded at a time. */
export function mergeResponses(slices: readonly Pick<SliceRecord, 'window'>[]): Histogram {
  return mergeHistograms(
    (function* () {
      for (const { window } of slices) yield decodeHistogram(window.response);
    })(),
  );
}

/**
 * All comparisons that will be shown are judged together: Holm's correction is over all of them. The floor of each is that of
 * the twin of its own mesh and quantile; where that is missing nothing can be told from noise.
 */
export function judgeComparisons(
  comparisons: readonly Comparison[],
  seed: number,
): { readonly judged: readonly Judged[]; readonly withheld: readonly Withheld[] } {
  const twinOf = ({ mesh, quantile }: Comparison): Comparison | undefined =>
    comparisons.find(
      (other) => other.arm === TWIN.name && other.mesh === mesh && other.quantile.name === quantile.name,
    );
  const withheld = comparisons.flatMap((one): Withheld[] =>
    twinOf(one) === undefined
      ? [
          {
            mesh: one.mesh,
            arm: one.arm,
            quantile: one.quantile.name,
            reason: 'there is no noise floor to compare with',
          },
        ]
      : [],
  );
  const floored = comparisons.flatMap((one) => {
    const twin = twinOf(one);
    return twin === undefined ? [] : [{ one, noise: noiseFloor(twin.differences, RESOLUTION_MS) }];
  });
  const pValues = floored.map(({ one }) => signTest(one.differences));
  const adjusted = adjustByHolm(pValues);
  const judged = floored.map(({ one, noise }, index): Judged => {
    const facts = {
      deltaMs: median(one.differences),
      interval: medianInterval(one.differences),
      floorMs: noise.floor,
      marginMs: Math.max(MARGIN.leastMs, MARGIN.share * one.baselineMs),
      adjustedP: adjusted[index] ?? 1,
    };
    return {
      ...one,
      ...facts,
      detectableMs: noise.detectable,
      bootstrap: bootstrapInterval(one.differences, median, { seed }),
      withinInterval: blockBootstrapInterval(one.pairDifferences, median, { seed, blockLength: PAIRS_OF_BLOCK }),
      pValue: pValues[index] ?? 1,
      ...decide(one.differences, facts),
    };
  });
  return { judged, withheld };
}

interface Facts {
  readonly deltaMs: number;
  readonly interval: Interval;
  readonly floorMs: number;
  readonly marginMs: number;
  readonly adjustedP: number;
}

/** A winner must stand clear of the floor, of zero and of chance at once. */
export function decide(differences: readonly number[], facts: Facts): { outcome: Outcome; reason: string } {
  const { deltaMs, interval, floorMs, marginMs, adjustedP } = facts;
  const isClear = interval.confidence >= 1 - ALPHA && (interval.low > 0 || interval.high < 0);
  if (isClear && Math.abs(deltaMs) >= floorMs && adjustedP < ALPHA)
    return deltaMs > 0
      ? { outcome: 'slower', reason: 'above the noise floor, and not by chance' }
      : { outcome: 'faster', reason: 'below the direct arm by more than the noise floor, and not by chance' };
  if (isEquivalent(differences, marginMs, ALPHA))
    return { outcome: 'equivalent', reason: `within ±${marginMs.toPrecision(3)} ms (two one-sided tests)` };
  if (interval.confidence < 1 - ALPHA)
    return {
      outcome: 'inconclusive',
      reason: `${differences.length} repetitions give an interval of ${(interval.confidence * 100).toFixed(0)} %: 6 are needed for 95 %`,
    };
  if (Math.abs(deltaMs) < floorMs) return { outcome: 'inconclusive', reason: 'below the noise floor' };
  return { outcome: 'inconclusive', reason: `chance alone does this with p = ${adjustedP.toPrecision(2)}` };
}

export function groupBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string | number,
): ReadonlyMap<string | number, readonly T[]> {
  const groups = new Map<string | number, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function describeCauses(slices: readonly SliceRecord[], quantile: QuantileName): string {
  const counts = new Map<string, number>();
  for (const { causes } of slices)
    for (const cause of spoiling(causes, quantile)) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  return [...counts].map(([cause, count]) => `${cause} ${count}×`).join(', ');
}
