/** What both ends wrote down, held against what the metrics say of the same span of time. */
import type { Exchange } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import type { Reading } from '../../src/metrics/read-answer.js';

/** Requests that were surely within a window, and those that may have been. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

const isFailure = ({ client }: Exchange): boolean => client.status === undefined || client.status >= 500;

/** Requests near the ends of a window may be on either side of them. */
export function within(seen: readonly Exchange[], { from, to }: Pick<Reading, 'from' | 'to'>, lagMs: number): Bounds {
  const count = (start: number, end: number): number =>
    seen.filter(({ client: { t, ms } }) => t >= start && t + ms <= end).length;
  const touching = seen.filter(({ client: { t, ms } }) => t + ms >= from - lagMs && t <= to + lagMs).length;
  return { least: count(from + lagMs, to - lagMs), most: touching };
}

/** Below this share of requests that were surely counted an answer shows too little. */
const ENOUGH = 0.8;

/** An answer whose window leaves much of a load out says nothing of it. */
export function judgeCovered(
  what: string,
  reading: Reading,
  seen: readonly Exchange[],
  lagMs: number,
): readonly Finding[] {
  const { least, most } = within(seen, reading, lagMs);
  if (most > 0 && least >= ENOUGH * seen.length) return [];
  return [
    invalid(
      `${what}: only ${least} of ${seen.length} requests lie within the window of ${spanOf(reading)} that was told`,
    ),
  ];
}

/** Whether success and failure are what both ends saw. Each exchange must have arrived at what the reading is about. */
export function judgeCounts(
  what: string,
  reading: Reading,
  seen: readonly Exchange[],
  lagMs: number,
): readonly Finding[] {
  const uncovered = judgeCovered(what, reading, seen, lagMs);
  if (uncovered.length > 0) return uncovered;
  const parts = [
    ['success_count', reading.success, seen.filter((one) => !isFailure(one))],
    ['failure_count', reading.failure, seen.filter(isFailure)],
  ] as const;
  return parts.flatMap(([name, told, meant]): Finding[] => {
    const { least, most } = within(meant, reading, lagMs);
    if (told >= least && told <= most) return [];
    const truth = least === most ? String(least) : `${least} to ${most}`;
    return [{ kind: 'violation', message: `${what}: ${name} is ${told}, both ends saw ${truth}` }];
  });
}

export function spanOf({ from, to }: Pick<Reading, 'from' | 'to'>): string {
  return `${(to - from) / 1000} s`;
}
