/** Overhead drawn: each comparison with its interval, its repetitions and the noise floor it has to stand out of. */
import { barX, dot, ruleX, text as textMark } from '@observablehq/plot';
import type { OverheadResult } from '../bench-model.js';
import type { Report } from '../model.js';
import { benchTables, overheadTable, quantileName, signed } from '../overhead.js';
import { formatNumber } from '../words.js';
import { renderLatency } from './latency.js';
import { dataTable, section, text } from './markup.js';
import { drawPlot, figure } from './plot.js';
import { renderSlices } from './slices.js';

const ROW = 44;
/** A dot further out than this share of the scale would squeeze all others. */
const HEADROOM = 1.1;

export function renderOverhead(report: Report): string {
  const table = overheadTable(report);
  const benches = report.bench ?? [];
  const behind = benchTables(report).map(
    ({ title, table: content }) => `<h3>${text(title)}</h3>\n${dataTable(content, { label: title })}`,
  );
  if (table === undefined && behind.length === 0) return '';
  const differences = [...new Set(report.overhead.map(quantileName))].map((quantile) =>
    drawQuantile(
      quantile,
      report.overhead.filter((one) => quantileName(one) === quantile),
    ),
  );
  const parts = [
    ...differences,
    ...(table === undefined ? [] : [dataTable(table)]),
    ...benches.map(renderLatency),
    ...behind,
    ...benches.map(renderSlices),
  ];
  return section('overhead', 'Overhead', parts.filter((part) => part !== '').join('\n'));
}

function drawQuantile(quantile: string, comparisons: readonly OverheadResult[]): string {
  const ends = comparisons.flatMap((one) => [one.lowMs, one.highMs, one.floorMs, -one.floorMs, one.deltaMs]);
  const most = Math.max(...ends.filter(Number.isFinite), 0.001) * HEADROOM;
  const least = Math.min(...ends.filter(Number.isFinite), 0) * HEADROOM;
  const inside = (ms: number): number => Math.min(most, Math.max(least, ms));
  const arm = (one: OverheadResult): string => one.arm;
  const color = (one: OverheadResult): string => (one.outcome === 'slower' ? 'var(--fail)' : 'var(--accent)');
  const dots = comparisons.flatMap((one) => (one.differencesMs ?? []).map((ms) => ({ arm: arm(one), ms: inside(ms) })));
  const band = { y: arm, insetTop: 20, insetBottom: 8, rx: 2 } as const;
  const picture = drawPlot(comparisons.map(describe).join('; '), {
    height: comparisons.length * ROW + 36,
    ...{ marginLeft: 12, marginRight: 12, marginTop: 2, marginBottom: 34 },
    x: {
      domain: [least, most],
      tickFormat: (ms: number) => signed(ms),
      label: 'ms more than the direct arm',
      tickSize: 0,
      grid: true,
    },
    y: { domain: comparisons.map(arm), axis: null, padding: 0 },
    marks: [
      barX(comparisons, {
        ...band,
        x1: (one: OverheadResult) => inside(-one.floorMs),
        x2: (one: OverheadResult) => inside(one.floorMs),
        fill: 'var(--quiet)',
        fillOpacity: 0.22,
      }),
      ruleX([0], { stroke: 'var(--quiet)' }),
      barX(comparisons, {
        ...band,
        insetTop: 28,
        insetBottom: 14,
        x1: (one: OverheadResult) => inside(one.lowMs),
        x2: (one: OverheadResult) => inside(one.highMs),
        fill: color,
      }),
      dot(dots, { x: 'ms', y: 'arm', dy: 5, r: 2, fill: 'var(--ink)', fillOpacity: 0.55 }),
      dot(comparisons, {
        x: (one: OverheadResult) => inside(one.deltaMs),
        y: arm,
        dy: 5,
        r: 5,
        fill: color,
        stroke: 'var(--paper)',
        strokeWidth: 1.5,
      }),
      textMark(comparisons, {
        y: arm,
        text: (one: OverheadResult) => `${arm(one)}: ${one.outcome}`,
        frameAnchor: 'left',
        dy: -14,
        fill: 'var(--ink)',
        fontSize: 12,
      }),
    ],
  });
  return figure(
    quantile,
    'difference to the direct arm; the band is the noise floor, the bar the interval, each dot a repetition',
    picture,
  );
}

function describe(one: OverheadResult): string {
  return `${one.arm} against ${one.against}: ${signed(one.deltaMs)} ms, interval ${signed(one.lowMs)} to ${signed(one.highMs)} ms, noise floor ${formatNumber(one.floorMs)} ms, ${one.outcome}`;
}
