/** All changes of one kind in figures: medians with their intervals, what was never seen, what went wrong. */
import {
  estimateSurvival,
  medianInterval,
  quantileOf,
  type SurvivalCurve,
  type TimeInterval,
} from '../statistics/survival.js';
import type { FlipOutcome } from './flip-outcome.js';
import { PACE } from './pace.js';
import type { MeasuredFlip } from './series.js';

/** In milliseconds. */
export interface Quantiles {
  readonly median: number;
  readonly low: number;
  /** Absent, as p90 is, where it lies among changes that were never seen. */
  readonly high?: number;
  readonly p90?: number;
  /** How sure the interval is of the median: 0.95, or less where there were fewer than six changes. */
  readonly level: number;
}

export interface ConvergenceSummary {
  readonly change: string;
  readonly proxies: number;
  /** Changes made, those that could not be read among them. */
  readonly flips: number;
  readonly deadlineMs: number;
  readonly connections: 'new' | 'reuse';
  readonly anyMs?: Quantiles;
  readonly allMs?: Quantiles;
  readonly c90Ms?: Quantiles;
  /** `anyMs` from the request instead of its acceptance. */
  readonly fromRequestMs?: Quantiles;
  /** Of a burst: `allMs` from the acceptance of its first change. */
  readonly fromFirstMs?: Quantiles;
  readonly mixWindowMs: number;
  readonly mixWindowMaxMs: number;
  readonly resolutionMs: number;
  /** Shortest disturbance that a stream sees with 95 %, around a change. */
  readonly smallestGlitchMs?: number;
  readonly censored: number;
  readonly invalid: number;
  readonly invalidReasons: readonly string[];
  readonly glitches: number;
  readonly glitchKinds: {
    readonly back: number;
    readonly late: number;
    readonly errors: number;
    readonly traffic: number;
  };
  readonly nacks: number;
  /** Until all proxies had acknowledged the change to the control plane. */
  readonly controlPlaneMs?: Quantiles;
  readonly whiteBox?: { readonly compared: number; readonly flagged: number; readonly medianGapMs: number };
  readonly outage?: { readonly durationMs: number; readonly probes: number; readonly answered: number };
  readonly notes: readonly string[];
  /** How much of the changes was still to come: to any proxy, and to all of them. */
  readonly survival: {
    readonly method: SurvivalCurve['method'];
    readonly any: readonly Point[];
    readonly all: readonly Point[];
  };
  /** Each change, and in it each proxy in the order of the streams; times after acceptance. */
  readonly raster: readonly RasterFlip[];
}

export interface Point {
  readonly ms: number;
  readonly share: number;
}

export interface RasterFlip {
  /** Absent: never. */
  readonly anyMs?: number;
  readonly allMs?: number;
  readonly endedMs: number;
  readonly proxies: readonly {
    readonly lastOldMs: number;
    readonly firstNewMs?: number;
    readonly stableMs?: number;
    readonly gapMs?: number;
    readonly glitches: number;
  }[];
}

export interface SeriesFacts {
  readonly proxies: number;
  readonly deadlineMs: number;
  readonly connections: 'new' | 'reuse';
  readonly nacks: number;
}

const SEEN_WITH = 0.95;

export function summarise(change: string, flips: readonly MeasuredFlip[], facts: SeriesFacts): ConvergenceSummary {
  const read = flips.flatMap((flip) => ('any' in flip.reading ? [{ flip, outcome: flip.reading }] : []));
  const outcomes = read.map(({ outcome }) => outcome);
  const invalid = flips.flatMap(({ reading }) => ('invalid' in reading ? [reading.invalid] : []));
  const shifted = (interval: TimeInterval, byMs: number): TimeInterval => ({
    low: interval.low + byMs,
    high: interval.high + byMs,
  });
  const bursts = read.flatMap(({ flip: { applied }, outcome }) =>
    applied?.firstAcceptedAt === undefined ? [] : [shifted(outcome.all, applied.acceptedAt - applied.firstAcceptedAt)],
  );
  const acknowledged = read.flatMap(({ flip: { acknowledgedMs: ms } }) =>
    ms === undefined ? [] : [{ low: ms, high: ms }],
  );
  const glitchKinds = {
    back: total(outcomes, ({ back }) => back),
    late: total(outcomes, ({ late }) => late),
    errors: total(outcomes, ({ errors }) => errors),
    traffic: total(flips, ({ trafficErrors }) => trafficErrors),
  };
  const windows = firstWindows(outcomes);
  const curve = estimateSurvival(outcomes.map(({ all }) => all));
  return {
    change,
    proxies: facts.proxies,
    flips: flips.length,
    deadlineMs: facts.deadlineMs,
    connections: facts.connections,
    ...named(
      'anyMs',
      outcomes.map(({ any }) => any),
    ),
    ...named(
      'allMs',
      outcomes.map(({ all }) => all),
    ),
    ...named(
      'c90Ms',
      outcomes.map(({ most }) => most),
    ),
    ...named(
      'fromRequestMs',
      outcomes.map(({ any, acceptMs }) => shifted(any, acceptMs)),
    ),
    ...named('fromFirstMs', bursts),
    mixWindowMs: middle(outcomes.map(({ mixWindowMs }) => mixWindowMs)),
    mixWindowMaxMs: Math.max(0, ...outcomes.map(({ mixWindowMs }) => mixWindowMs)),
    // Where nothing was ever seen, it would have been seen as coarsely as we asked.
    resolutionMs: windows.length === 0 ? PACE.coarseGapMs / 2 : middle(windows) / 2,
    ...(windows.length === 0 ? {} : { smallestGlitchMs: SEEN_WITH * middle(windows) }),
    censored: outcomes.filter(({ all }) => all.high === Infinity).length,
    invalid: invalid.length,
    invalidReasons: [...new Set(invalid)],
    glitches: Object.values(glitchKinds).reduce((sum, count) => sum + count, 0),
    glitchKinds,
    nacks: facts.nacks,
    ...named('controlPlaneMs', acknowledged),
    ...compared(flips),
    ...outages(flips),
    notes: [...new Set(flips.flatMap(({ applied }) => applied?.note ?? []))],
    survival: {
      method: curve.method,
      any: pointsOf(estimateSurvival(outcomes.map(({ any }) => any))),
      all: pointsOf(curve),
    },
    raster: outcomes.map(toRaster),
  };
}

function named<K extends string>(key: K, intervals: readonly TimeInterval[]): Partial<Record<K, Quantiles>> {
  const found = quantilesOf(intervals);
  return found === undefined ? {} : ({ [key]: found } as Record<K, Quantiles>);
}

/** Undefined where more than half was never seen: there is no median then. */
function quantilesOf(intervals: readonly TimeInterval[]): Quantiles | undefined {
  const curve = estimateSurvival(intervals);
  const median = quantileOf(curve, 0.5);
  const around = medianInterval(intervals);
  if (median === undefined || around === undefined) return undefined;
  const p90 = quantileOf(curve, 0.9);
  return { median, ...around, ...(p90 === undefined ? {} : { p90 }) };
}

/** How long it was between the last old and the first new answer of each proxy. */
function firstWindows(outcomes: readonly FlipOutcome[]): readonly number[] {
  return outcomes.flatMap(({ proxies }) =>
    proxies.flatMap(({ first }) => (first === undefined ? [] : [first.high - first.low])),
  );
}

function compared(flips: readonly MeasuredFlip[]): Pick<ConvergenceSummary, 'whiteBox'> {
  const all = flips.flatMap(({ whiteBox }) => whiteBox);
  if (all.length === 0) return {};
  const flagged = all.filter((one) => one.flagged).length;
  return { whiteBox: { compared: all.length, flagged, medianGapMs: middle(all.map(({ gapMs }) => gapMs)) } };
}

function outages(flips: readonly MeasuredFlip[]): Pick<ConvergenceSummary, 'outage'> {
  const all = flips.flatMap(({ outage }) => (outage === undefined ? [] : [outage]));
  if (all.length === 0) return {};
  return {
    outage: {
      durationMs: total(all, ({ durationMs }) => durationMs),
      probes: total(all, ({ probes }) => probes),
      answered: total(all, ({ answered }) => answered),
    },
  };
}

/** The corners of the curve. */
function pointsOf({ steps }: SurvivalCurve): readonly Point[] {
  const corners = steps.flatMap(({ from, to, mass, survival }) => [
    { ms: from, share: Math.min(1, survival + mass) },
    { ms: to, share: survival },
  ]);
  return corners.map(({ ms, share }) => ({ ms: round(ms), share: round(share) }));
}

function toRaster({ any, all, acceptedAt, endedAt, proxies }: FlipOutcome): RasterFlip {
  const since = (t: number): number => round(t - acceptedAt);
  return {
    ...(any.high === Infinity ? {} : { anyMs: round((any.low + any.high) / 2) }),
    ...(all.high === Infinity ? {} : { allMs: round((all.low + all.high) / 2) }),
    endedMs: since(endedAt),
    proxies: proxies.map(({ first, stable, lastOldAt, back, late, errors }) => ({
      lastOldMs: since(lastOldAt),
      ...(first === undefined ? {} : { firstNewMs: since(first.high), gapMs: first.gapMs }),
      ...(stable === undefined ? {} : { stableMs: since(stable.high) }),
      glitches: back + late + errors,
    })),
  };
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const [low = 0, high = low] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return (low + high) / 2;
}

const total = <T>(items: readonly T[], count: (item: T) => number): number =>
  items.reduce((sum, item) => sum + count(item), 0);
const round = (value: number): number => Math.round(value * 1_000) / 1_000;
