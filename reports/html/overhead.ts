/** Overhead drawn: each comparison with its interval, its repetitions and the noise floor it has to stand out of. */
import type { OverheadResult } from '../bench-model.js';
import type { Report } from '../model.js';
import { benchTables, overheadTable, quantileName, signed } from '../overhead.js';
import { formatNumber } from '../words.js';
import { attribute, dataTable, section, text } from './markup.js';

const WIDTH = 560;
const ROW = 40;
const SIDE = 12;
const AXIS = 20;
/** A dot further out than this share of the scale would squeeze all others. */
const HEADROOM = 1.1;

export function renderOverhead(report: Report): string {
  const table = overheadTable(report);
  const behind = benchTables(report).map(
    ({ title, table: content }) => `<h3>${text(title)}</h3>\n${dataTable(content, { caption: title })}`,
  );
  if (table === undefined && behind.length === 0) return '';
  const charts = [...new Set(report.overhead.map(quantileName))].map((quantile) =>
    drawQuantile(
      quantile,
      report.overhead.filter((one) => quantileName(one) === quantile),
    ),
  );
  const parts = [...charts, ...(table === undefined ? [] : [dataTable(table)]), ...behind];
  return section('overhead', 'Overhead', parts.join('\n'));
}

function drawQuantile(quantile: string, comparisons: readonly OverheadResult[]): string {
  const ends = comparisons.flatMap((one) => [one.lowMs, one.highMs, one.floorMs, -one.floorMs, one.deltaMs]);
  const most = Math.max(...ends.filter(Number.isFinite), 0.001) * HEADROOM;
  const least = Math.min(...ends.filter(Number.isFinite), 0);
  const x = (ms: number): number => {
    const inside = Math.min(most, Math.max(least, ms));
    return SIDE + ((inside - least) / (most - least)) * (WIDTH - 2 * SIDE);
  };
  const height = comparisons.length * ROW + AXIS;
  const rows = comparisons.map((one, index) => drawRow(one, index * ROW, x));
  const ticks = [least, 0, most]
    .filter((value, index) => index !== 1 || least < 0)
    .map((value) => {
      const anchor = value === least ? 'start' : value === most ? 'end' : 'middle';
      const at = x(value).toFixed(1);
      return `<line class="grid" x1="${at}" x2="${at}" y1="4" y2="${height - AXIS}"/><text class="tick" x="${at}" y="${height - 5}" text-anchor="${anchor}">${text(signed(Number(value.toPrecision(2))))} ms</text>`;
    });
  const label = comparisons.map(describe).join('; ');
  return `<figure class="statistic">
<figcaption><strong>${text(quantile)}</strong> <small>difference to the direct arm; the band is the noise floor, the bar the interval, each dot a repetition</small></figcaption>
<svg class="chart" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${attribute(label)}">${ticks.join('')}${rows.join('')}</svg>
</figure>`;
}

function drawRow(one: OverheadResult, y: number, x: (ms: number) => number): string {
  const middle = y + 28;
  const box = (from: number, to: number, className: string, half: number): string => {
    const left = x(from);
    const width = Math.max(2, x(to) - left);
    return `<rect class="${className}" x="${left.toFixed(1)}" y="${middle - half}" width="${width.toFixed(1)}" height="${half * 2}" rx="2"/>`;
  };
  const isSlower = one.outcome === 'slower';
  const dots = (one.differencesMs ?? []).map(
    (ms) => `<circle class="repetition" cx="${x(ms).toFixed(1)}" cy="${middle}" r="2"/>`,
  );
  return [
    `<text class="row" x="${SIDE}" y="${y + 14}">${text(`${one.arm}: ${one.outcome}`)}</text>`,
    box(-one.floorMs, one.floorMs, 'floor', 8),
    box(one.lowMs, one.highMs, isSlower ? 'interval bad' : 'interval', 2),
    ...dots,
    `<circle class="${isSlower ? 'observed bad' : 'observed'}" cx="${x(one.deltaMs).toFixed(1)}" cy="${middle}" r="5"/>`,
  ].join('');
}

function describe(one: OverheadResult): string {
  return `${one.arm} against ${one.against}: ${signed(one.deltaMs)} ms, interval ${signed(one.lowMs)} to ${signed(one.highMs)} ms, noise floor ${formatNumber(one.floorMs)} ms, ${one.outcome}`;
}
