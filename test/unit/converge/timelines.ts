/** Timelines written by hand: `ooo..nnn`, one probe a letter, `gapMs` apart; o old, n new, x error. */
import type { FlipTimeline, Look, Probe } from '../../../src/converge/timeline.js';

const LOOKS: Readonly<Record<string, Look>> = { o: 'old', n: 'new', x: 'error' };
export const REQUESTED_AT = 1_000;

/** The first letter of what follows `|` is sent `offsetMs` after the request. */
export function probesOf(pattern: string, { gapMs = 10, offsetMs = 5, ms = 1 } = {}): readonly Probe[] {
  const [before = '', after = ''] = pattern.split('|');
  return [...before, ...after].map((letter, index) => ({
    t: REQUESTED_AT + offsetMs + (index - before.length) * gapMs,
    ms,
    look: LOOKS[letter] ?? 'error',
    gapMs,
  }));
}

export function flipOf(
  patterns: readonly string[],
  { acceptMs = 2, endedAt = REQUESTED_AT + 5_000, offsets = [] as readonly number[] } = {},
): FlipTimeline {
  return {
    requestedAt: REQUESTED_AT,
    acceptedAt: REQUESTED_AT + acceptMs,
    endedAt,
    proxies: patterns.map((pattern, index) => ({
      proxy: `c${index + 1}`,
      probes: probesOf(pattern, { offsetMs: offsets[index] ?? 5 }),
    })),
  };
}

export const NEW_FOR_GOOD = 'n'.repeat(25);
export const OLD_FOR_GOOD = 'o'.repeat(25);
