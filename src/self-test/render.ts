/** The table of a self-test for a terminal. */
import type { Colors } from 'picocolors/types.js';
import type { Check, Unit } from './check.js';
import type { Result } from './run.js';

const DECIMALS: Readonly<Record<Unit, number>> = {
  ms: 3,
  µs: 1,
  '%': 2,
  requests: 0,
  share: 4,
  distance: 4,
  verdict: 0,
};

/** One block a group: header, a row a check, and what disturbed it. */
export function renderResult({ group, checks, disturbances, seconds }: Result, colors: Colors): string {
  const rows = checks.map((check) => [
    check.name,
    tell(check.truth, check.unit),
    tell(check.reading, check.unit),
    check.goal.endsWith(' %') && check.unit !== '%'
      ? `${signed(check.error * 100, 1)} %`
      : signed(check.error, DECIMALS[check.unit]),
    check.goal,
  ]);
  const heads = ['', 'truth', 'reading', 'error', 'goal'];
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === 0 || column === 4 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [
    colors.bold(`${group}  (${seconds.toFixed(1)} s)`),
    `  ${colors.dim(line(heads))}`,
    ...rows.map((row, index) => `${markOf(checks[index], colors)} ${line(row)}`),
    ...disturbances.map((words) => `  ${colors.yellow(`disturbed: ${words}`)}`),
    '',
  ].join('\n');
}

function markOf(check: Check | undefined, colors: Colors): string {
  return check?.ok === true ? colors.green('✓') : colors.red('✗');
}

function tell(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return 'none';
  if (unit === 'verdict') return value.toFixed(0);
  return `${value.toFixed(DECIMALS[unit])}${unit === 'distance' || unit === 'share' || unit === 'requests' ? '' : ` ${unit}`}`;
}

function signed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return '–';
  return value === 0 ? '0' : `${value > 0 ? '+' : '−'}${Math.abs(value).toFixed(decimals)}`;
}
