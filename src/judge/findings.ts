/** What a judge found wrong, and how findings become one verdict. */
import type { Evidence } from '../evidence/records.js';
import type { Phase } from '../cases/case.js';
import type { Exchanges } from './exchanges.js';
import type { Statistic, Verdict } from './verdict.js';

/** violation: the mesh did what the spec forbids. invalid: the observation proves nothing. unstable: the answer changed while nothing else did. */
export interface Finding {
  readonly kind: 'violation' | 'invalid' | 'unstable';
  readonly message: string;
}

export const invalid = (message: string): Finding => ({ kind: 'invalid', message });
export const violation = (message: string): Finding => ({ kind: 'violation', message });

/**
 * An expectation that did not hold. In a control phase the flip itself is what was to be shown, so the case proves
 * nothing. A deadline is shortened only while no change at all has shown within the full one, several times in a row: what is
 * missing then is missing.
 */
export function unmet(phase: Phase, exchanges: Exchanges, message: string): Finding {
  const gate = exchanges.gate(phase.name);
  const why = gate?.shortened === true ? ', as none before it within the full deadline' : '';
  const late =
    gate !== undefined && !gate.converged ? `; the change had not shown after ${gate.deadlineMs} ms${why}` : '';
  if (phase.control === true) return invalid(`the control did not flip: ${message}${late}`);
  return violation(`${message}${late}`);
}

/** A proven violation is never masked by a missing control elsewhere. */
export function decide(findings: readonly Finding[], ok: string, statistics: readonly Statistic[] = []): Verdict {
  const extra = statistics.length === 0 ? {} : { statistics };
  const violations = findings.filter(({ kind }) => kind !== 'invalid');
  const unstable = violations.find(({ kind }) => kind === 'unstable');
  if (unstable !== undefined) return { verdict: 'fail', reason: `non-deterministic: ${unstable.message}`, ...extra };
  if (violations.length > 0) return { verdict: 'fail', reason: list(violations), ...extra };
  if (findings.length > 0) return { verdict: 'inconclusive', reason: list(findings), ...extra };
  return { verdict: 'pass', reason: ok, ...extra };
}

/** Infrastructure trouble and missing capabilities are settled before any judge looks. */
export function settleTrouble(evidence: Evidence): Verdict | undefined {
  const trouble = evidence.lines.find((line) => line.kind === 'trouble');
  return trouble === undefined ? undefined : { verdict: trouble.verdict, reason: trouble.message };
}

function list(findings: readonly Finding[]): string {
  const shown = findings.slice(0, 3).map(({ message }) => message);
  const more = findings.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}
