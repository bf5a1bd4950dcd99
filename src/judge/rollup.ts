/** How verdicts add up to an exit code. A proven violation is never masked; nothing run is never a pass. */
import { EXIT, type ExitCode } from '../errors/harness-error.js';
import type { DeviationReport } from './deviations.js';
import { VERDICTS, type VerdictName } from './verdict.js';

export type Summary = Readonly<Record<VerdictName, number>>;

export function summarise(verdicts: readonly VerdictName[]): Summary {
  const counts = Object.fromEntries(VERDICTS.map((name) => [name, 0])) as Record<VerdictName, number>;
  for (const verdict of verdicts) counts[verdict] += 1;
  return counts;
}

export interface Conclusion {
  readonly code: ExitCode;
  readonly reason: string;
}

/**
 * The exit code of a mesh whose known deviations are accepted: as if the cases that ended as listed had not been asked. A list
 * that is out of date is no pass, so that it cannot hide what comes next.
 */
export function concludeAccepting(
  cases: readonly { readonly id: string; readonly area: string; readonly verdict: VerdictName }[],
  deviations: DeviationReport,
  interrupted = false,
): Conclusion {
  const seen = deviations.listed.filter(({ state }) => state === 'seen').map((one) => one.case);
  const rest = conclude(
    cases.filter(({ id }) => !seen.includes(id)),
    interrupted,
  );
  if (rest.code !== EXIT.conformant) return rest;
  const outdated = deviations.listed.filter(({ state }) => state === 'gone' || state === 'changed');
  if (outdated.length > 0) {
    const ids = outdated.map((one) => one.case).join(', ');
    return { code: EXIT.inconclusive, reason: `listed as deviating, but not seen as listed: ${ids}` };
  }
  if (seen.length === 0) return rest;
  return { code: EXIT.conformant, reason: `nothing but ${plural(seen.length, 'known deviation')}, accepted as listed` };
}

/** Verdicts by area: an area of which nothing at all could be run keeps the whole from being called conformant. */
export function conclude(
  cases: readonly { readonly area: string; readonly verdict: VerdictName }[],
  interrupted = false,
): Conclusion {
  const summary = summarise(cases.map(({ verdict }) => verdict));
  if (interrupted) return { code: EXIT.interrupted, reason: 'interrupted: what was measured until then is kept' };
  if (summary.fail > 0)
    return { code: EXIT.violated, reason: `the specification is violated in ${plural(summary.fail, 'case')}` };
  if (summary.error > 0)
    return { code: EXIT.harness, reason: `${plural(summary.error, 'case')} could not be carried out` };
  if (summary.inconclusive > 0)
    return {
      code: EXIT.inconclusive,
      reason: `nothing is proven either way in ${plural(summary.inconclusive, 'case')}`,
    };
  if (summary.pass + summary.recorded === 0) return { code: EXIT.inconclusive, reason: 'no case was carried out' };
  const areas = [...new Set(cases.map(({ area }) => area))];
  const silent = areas.filter(
    (area) => !cases.some((one) => one.area === area && (one.verdict === 'pass' || one.verdict === 'recorded')),
  );
  if (silent.length > 0)
    return { code: EXIT.inconclusive, reason: `nothing of ${silent.join(', ')} could be tested on this mesh` };
  return { code: EXIT.conformant, reason: 'every case that ran found what the specification says' };
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
