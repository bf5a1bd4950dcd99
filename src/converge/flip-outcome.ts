/** One change over all proxies: when the first showed it, nine in ten, every one, and what went wrong on the way. */
import type { TimeInterval } from '../statistics/survival.js';
import { readProxy, type ProxyEvents } from './proxy-events.js';
import type { FlipTimeline } from './timeline.js';

/** All times from the API's acceptance (T1), in milliseconds; negative where an effect preceded the answer. */
export interface FlipOutcome {
  /** C_any, C_90 and C_all; open to the right where it did not come before we stopped looking. */
  readonly any: TimeInterval;
  readonly most: TimeInterval;
  readonly all: TimeInterval;
  readonly acceptedAt: number;
  readonly endedAt: number;
  /** T1 − T0: how long the API took to accept. */
  readonly acceptMs: number;
  /** Old and new answers side by side for so long, over all proxies; 0: no overlap was seen. */
  readonly mixWindowMs: number;
  readonly back: number;
  readonly late: number;
  readonly errors: number;
  readonly proxies: readonly ProxyEvents[];
}

const MOST = 0.9;

export interface InvalidFlip {
  readonly invalid: string;
}

/** One proxy that cannot be read makes the whole flip invalid: the slowest of the rest is not the slowest of all. */
export function readFlip(flip: FlipTimeline): FlipOutcome | InvalidFlip {
  const readings = flip.proxies.map((timeline) => readProxy(timeline, flip));
  const events: ProxyEvents[] = [];
  const troubles: string[] = [];
  for (const reading of readings) {
    if ('unreadable' in reading) troubles.push(`${reading.proxy}: ${reading.unreadable}`);
    else events.push(reading);
  }
  if (troubles.length > 0 || events.length === 0)
    return { invalid: troubles.length === 0 ? 'no proxy was watched' : troubles.join('; ') };
  const { acceptedAt, endedAt } = flip;
  const open = { low: endedAt - acceptedAt, high: Infinity };
  const since = ({ low, high }: TimeInterval): TimeInterval => ({ low: low - acceptedAt, high: high - acceptedAt });
  const firsts = events.flatMap(({ first }) => (first === undefined ? [] : [since(first)]));
  const stables = events.flatMap(({ stable }) => (stable === undefined ? [] : [since(stable)]));
  const sum = (count: (one: ProxyEvents) => number): number => events.reduce((total, one) => total + count(one), 0);
  const lastOld = Math.max(...events.map(({ lastOldAt }) => lastOldAt));
  const firstNew = Math.min(...firsts.map(({ high }) => high)) + acceptedAt;
  return {
    any: nth(firsts, 1) ?? open,
    most: nth(stables, Math.ceil(MOST * events.length)) ?? open,
    all: nth(stables, events.length) ?? open,
    acceptedAt,
    endedAt,
    acceptMs: acceptedAt - flip.requestedAt,
    mixWindowMs: firstNew === Infinity ? 0 : Math.max(0, lastOld - firstNew),
    back: sum(({ back }) => back),
    late: sum(({ late }) => late),
    errors: sum(({ errors }) => errors),
    proxies: events,
  };
}

/** The n-th smallest of times known up to intervals: between the n-th low end and the n-th high end. */
function nth(intervals: readonly TimeInterval[], n: number): TimeInterval | undefined {
  const ascending = (times: readonly number[]): readonly number[] => [...times].sort((a, b) => a - b);
  const low = ascending(intervals.map((one) => one.low))[n - 1];
  const high = ascending(intervals.map((one) => one.high))[n - 1];
  return low === undefined || high === undefined ? undefined : { low, high };
}
