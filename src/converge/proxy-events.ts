/** One change as one proxy showed it: when the old state was seen last, the new one first, and from when on nothing else. */
import type { TimeInterval } from '../statistics/survival.js';
import { STABLE_RUN, type FlipTimeline, type Probe, type ProxyTimeline } from './timeline.js';

/** In milliseconds since the epoch. */
export interface ProxyEvents {
  readonly proxy: string;
  /** T3: the last old answer before the state was stable, by its time of sending. */
  readonly lastOldAt: number;
  /** T4: the first new answer was sent in here. Absent: none came. */
  readonly first?: TimeInterval & { readonly gapMs: number; readonly answerMs: number };
  /** T5: the first of so many new answers in a row that the state is stable. */
  readonly stable?: TimeInterval;
  /** Old answers after the first new one and before the state was stable. */
  readonly back: number;
  /** Old answers after the state was stable. */
  readonly late: number;
  /** Answers that show neither state, from the request on. */
  readonly errors: number;
  readonly probes: number;
}

/** Why a timeline says nothing about the change. */
export interface Unreadable {
  readonly proxy: string;
  readonly unreadable: string;
}

/** So many old answers must lie before a change, or nobody knows what it changed. */
const LEAD = 3;
/** A clock that goes back by more than its own grain. */
const BACKWARDS_MS = 1;

export function readProxy(
  { proxy, probes }: ProxyTimeline,
  flip: Pick<FlipTimeline, 'requestedAt' | 'endedAt'>,
): ProxyEvents | Unreadable {
  const unreadable = findTrouble(probes, flip.requestedAt);
  if (unreadable !== undefined) return { proxy, unreadable };
  // A probe on its way while the change was asked for may meet the new state.
  const after = probes.filter(({ t, ms }) => t + ms >= flip.requestedAt);
  const firstNew = after.findIndex(({ look }) => look === 'new');
  const run = findRun(after);
  const stableAt = run === undefined ? Infinity : (after[run]?.t ?? Infinity);
  const firstAt = after[firstNew]?.t ?? Infinity;
  const olds = probes.filter(({ look }) => look === 'old').map(({ t }) => t);
  const events = {
    proxy,
    lastOldAt: last(olds.filter((t) => t < stableAt)),
    back: olds.filter((t) => t > firstAt && t < stableAt).length,
    late: olds.filter((t) => t > stableAt).length,
    errors: after.filter(({ look }) => look === 'error').length,
    probes: after.length,
  };
  const first = after[firstNew];
  if (first === undefined) return events;
  return {
    ...events,
    first: { low: last(olds.filter((t) => t < first.t)), high: first.t, gapMs: first.gapMs, answerMs: first.ms },
    ...(run === undefined ? {} : { stable: { low: lastOther(probes, stableAt), high: stableAt } }),
  };
}

function findTrouble(probes: readonly Probe[], requestedAt: number): string | undefined {
  const back = probes.findIndex(({ t }, index) => t < (probes[index - 1]?.t ?? -Infinity) - BACKWARDS_MS);
  if (back !== -1) return 'the clock of its prober went back';
  const before = probes.filter(({ t, ms }) => t + ms < requestedAt);
  if (before.some(({ look }) => look === 'new')) return 'the new state showed before the change was asked for';
  if (before.filter(({ look }) => look === 'old').length < LEAD) return 'the old state was not seen before the change';
  const seen = probes.length - before.length;
  if (seen < STABLE_RUN) return `only ${seen} probes came back after the change`;
  return undefined;
}

/** Index of the first of so many new answers in a row that they are no chance. */
function findRun(probes: readonly Probe[]): number | undefined {
  let start = 0;
  for (const [index, { look }] of probes.entries()) {
    if (look !== 'new') start = index + 1;
    else if (index - start + 1 === STABLE_RUN) return start;
  }
  return undefined;
}

const last = (times: readonly number[]): number => times.at(-1) ?? -Infinity;

function lastOther(probes: readonly Probe[], before: number): number {
  return last(probes.filter(({ t, look }) => t < before && look !== 'new').map(({ t }) => t));
}
