/** The measured tables, as text cells, for every renderer that shows them. */
import type { ConvergenceResult, Report } from './model.js';
import { formatDuration, formatNumber } from './words.js';

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function overheadTable(report: Report): Table | undefined {
  if (report.overhead.length === 0) return undefined;
  const rows = report.overhead.map((one) => [
    `${one.arm} against ${one.against}`,
    `${formatNumber(one.rate)}/s`,
    typeof one.quantile === 'number' ? `p${formatNumber(one.quantile * 100)}` : one.quantile,
    `${signed(one.deltaMs)} ms`,
    `${signed(one.lowMs)} … ${signed(one.highMs)} ms`,
    `±${formatNumber(one.floorMs)} ms`,
    String(one.n),
    one.outcome,
  ]);
  return {
    head: ['Comparison', 'Rate', 'Quantile', 'Difference', 'Interval', 'Noise floor', 'Pairs', 'Outcome'],
    rows,
  };
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

function signed(value: number): string {
  return value < 0 ? `−${formatNumber(-value)}` : `+${formatNumber(value)}`;
}
