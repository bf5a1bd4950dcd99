/** The measured tables, as text cells, for every renderer that shows them. */
import type { ConvergenceResult, Report } from './model.js';
import { formatDuration, formatNumber } from './words.js';

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const DEVIATION_STATES = {
  seen: 'seen again',
  changed: 'ended in another way',
  gone: 'not seen any more: take it off the list',
  'not-run': 'not asked',
} as const;

/** Known deviations beside what this run saw of them; undefined when there is nothing to say. */
export function deviationTable(report: Report): Table | undefined {
  const { listed, unlisted } = report.deviations ?? { listed: [], unlisted: [] };
  const rows = [
    ...listed.map((one) => [one.case, one.verdict, one.what, one.evidence, DEVIATION_STATES[one.state]]),
    ...unlisted.map((id) => {
      const found = report.cases.find((one) => one.id === id);
      return [id, found?.verdict ?? '', found?.title ?? '', found?.reason ?? '', 'new: not listed'];
    }),
  ];
  if (rows.length === 0) return undefined;
  return { head: ['Case', 'Verdict', 'What the mesh does', 'Evidence', 'This run'], rows };
}

export function convergenceTable(report: Report): Table | undefined {
  if (report.convergence.length === 0) return undefined;
  const rows = report.convergence.map((one) => [
    one.change,
    String(one.proxies),
    String(one.flips),
    describeQuantiles(one.anyMs),
    describeQuantiles(one.allMs),
    formatDuration(one.mixWindowMs),
    `±${formatDuration(one.resolutionMs)}`,
    String(one.censored),
    String(one.glitches),
    String(one.nacks),
  ]);
  const head = [
    'Change',
    'Proxies',
    'Flips',
    'First proxy',
    'Every proxy',
    'Mix window',
    'Resolution',
    'Censored',
    'Glitches',
    'NACKs',
  ];
  return { head, rows };
}

function describeQuantiles(quantiles: ConvergenceResult['anyMs']): string {
  if (quantiles === undefined) return 'never';
  const { median, low, high, p90 } = quantiles;
  return `${formatDuration(median)} (${formatDuration(low)} … ${formatDuration(high)}), p90 ${formatDuration(p90)}`;
}
