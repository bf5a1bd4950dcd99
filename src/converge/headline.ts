/** What came of it all, in one sentence, and whether the figures are ones to stand behind. */
import { EXIT } from '../errors/harness-error.js';
import type { Conclusion } from '../judge/rollup.js';
import type { Findings } from './run.js';
import type { ConvergenceSummary } from './summary.js';

/** More of the changes than this unreadable, and the rest may be a choice. */
const MOST_INVALID = 0.2;
/** A step of the clock on the wall by more than its own grain moves what proxies say against what we saw. */
const CLOCK_STEP_MS = 5;

export function headline({ convergence, left, clockStepMs }: Findings & { readonly clockStepMs: number }): Conclusion {
  const missed = convergence.filter(({ censored }) => censored > 0).map(describeMisses);
  const doubts = [
    ...convergence.flatMap(doubtsOf),
    ...(Math.abs(clockStepMs) > CLOCK_STEP_MS ? [`the clock stepped by ${Math.round(clockStepMs)} ms meanwhile`] : []),
  ];
  if (convergence.length === 0)
    return { code: EXIT.inconclusive, reason: `no change could be measured: ${left.map(wordsOf).join('; ')}` };
  if (doubts.length > 0) return { code: EXIT.inconclusive, reason: [...missed, ...doubts].join('; ') };
  const made = convergence.reduce((sum, { flips }) => sum + flips, 0);
  const all = `${made} changes of ${convergence.length === 1 ? 'one kind' : `${convergence.length} kinds`}`;
  const reason = missed.length === 0 ? `${all}, every one took effect` : `${all}; ${missed.join('; ')}`;
  return { code: EXIT.conformant, reason };
}

const wordsOf = ({ change, why }: Findings['left'][number]): string => `${change}: ${why}`;

function describeMisses({ change, censored, flips, deadlineMs }: ConvergenceSummary): string {
  return `${change}: ${censored}/${flips} did not converge within ${deadlineMs / 1_000} s`;
}

function doubtsOf({ change, flips, invalid, invalidReasons, allMs, censored }: ConvergenceSummary): readonly string[] {
  const unread = invalid / Math.max(1, flips);
  if (unread > MOST_INVALID) return [`${change}: ${invalid}/${flips} could not be read (${invalidReasons[0] ?? ''})`];
  return allMs === undefined && censored > 0 ? [`${change} has no median: it does not take effect`] : [];
}
