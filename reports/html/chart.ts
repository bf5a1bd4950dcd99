/** One statistic drawn: what was expected, what would have been accepted, what was seen, and how sure that is. */
import type { Statistic } from '../../src/judge/verdict.js';
import { formatNumber } from '../words.js';
import { attribute, text } from './markup.js';

interface Row {
  readonly name: string;
  readonly observed: number;
  readonly expected?: number;
  readonly accept?: readonly [number, number];
  readonly interval?: readonly [number, number];
}

const WIDTH = 560;
const ROW = 40;
const LEFT = 12;
const RIGHT = 12;
const AXIS = 20;

const TEST_WORDS: Readonly<Record<Statistic['test'], string>> = {
  sequential: 'sequential probability ratio test',
  'exact-binomial': 'exact binomial test',
  'chi-square': 'chi-square test',
  'zero-hits': 'nothing may arrive',
  presence: 'something must arrive',
  'rule-of-three': 'rule of three',
};

export function renderStatistic(statistic: Statistic): string {
  const rows = rowsOf(statistic);
  const plan = [
    TEST_WORDS[statistic.test],
    `n = ${statistic.n} ${statistic.unit}s`,
    `α = ${formatNumber(statistic.alpha)}`,
    `power = ${formatNumber(statistic.power)}`,
    ...(statistic.pValue === undefined ? [] : [`p = ${formatNumber(statistic.pValue)}`]),
  ];
  const decision = statistic.rejected
    ? '<span class="decision v-fail">✕ rejected</span>'
    : '<span class="decision v-pass">✓ not rejected</span>';
  return `<figure class="statistic">
<figcaption><strong>${text(statistic.name)}</strong> ${decision}<br><small>${text(plan.join(' · '))}</small></figcaption>
${drawRows(statistic, rows)}
<ul class="shares">${rows.map((row) => `<li>${text(describeRow(statistic, row))}</li>`).join('')}</ul>
</figure>`;
}

/** Everything as a share of n: accept ranges are planned in counts. */
function rowsOf(statistic: Statistic): readonly Row[] {
  const { n, observed, expected, accept, interval } = statistic;
  const counted = Object.values(observed).some((value) => value > 1);
  const share = (value: number): number => (counted && n > 0 ? value / n : value);
  return [...new Set([...Object.keys(expected), ...Object.keys(observed)])].map((name) => {
    const wanted = expected[name];
    const range = accept?.[name];
    const sure = interval?.[name];
    return {
      name,
      observed: share(observed[name] ?? 0),
      ...(wanted === undefined ? {} : { expected: share(wanted) }),
      ...(range === undefined || n === 0 ? {} : { accept: [range[0] / n, range[1] / n] as const }),
      ...(sure === undefined ? {} : { interval: sure }),
    };
  });
}

function drawRows(statistic: Statistic, rows: readonly Row[]): string {
  const top = scaleTop(rows);
  const x = (share: number): string => (LEFT + (Math.min(share, top) / top) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const height = rows.length * ROW + AXIS;
  const lines = rows.map((row, index) => drawRow(row, index * ROW, x, statistic.rejected));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const anchor = part === 0 ? 'start' : part === 1 ? 'end' : 'middle';
    const at = x(part * top);
    return `<line class="grid" x1="${at}" x2="${at}" y1="4" y2="${height - AXIS}"/><text class="tick" x="${at}" y="${height - 5}" text-anchor="${anchor}">${percent(part * top)}</text>`;
  });
  const label = rows.map((row) => describeRow(statistic, row)).join('; ');
  return `<svg class="chart" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${attribute(label)}">${ticks.join('')}${lines.join('')}</svg>`;
}

function drawRow(row: Row, y: number, x: (share: number) => string, rejected: boolean): string {
  const middle = y + 28;
  const box = (range: readonly [number, number], className: string, half: number): string => {
    const from = Number(x(range[0]));
    const width = Math.max(2, Number(x(range[1])) - from);
    return `<rect class="${className}" x="${from.toFixed(1)}" y="${middle - half}" width="${width.toFixed(1)}" height="${half * 2}" rx="2"/>`;
  };
  const parts = [
    `<text class="row" x="${LEFT}" y="${y + 14}">${text(row.name)}</text>`,
    `<line class="track" x1="${x(0)}" x2="${WIDTH - RIGHT}" y1="${middle}" y2="${middle}"/>`,
    ...(row.accept === undefined ? [] : [box(row.accept, 'accept', 8)]),
    ...(row.interval === undefined ? [] : [box(row.interval, rejected ? 'interval bad' : 'interval', 2)]),
    ...(row.expected === undefined
      ? []
      : [
          `<line class="expected" x1="${x(row.expected)}" x2="${x(row.expected)}" y1="${middle - 10}" y2="${middle + 10}"/>`,
        ]),
    `<circle class="${rejected ? 'observed bad' : 'observed'}" cx="${x(row.observed)}" cy="${middle}" r="5"/>`,
  ];
  return parts.join('');
}

/** Small shares get a scale of their own, else a leak of one in a thousand could not be seen. */
function scaleTop(rows: readonly Row[]): number {
  const values = rows.flatMap((row) => [row.observed, row.expected ?? 0, row.accept?.[1] ?? 0, row.interval?.[1] ?? 0]);
  const highest = Math.max(...values, 0);
  return [0.002, 0.01, 0.02, 0.1].find((top) => highest <= top * 0.9) ?? 1;
}

function describeRow(statistic: Statistic, row: Row): string {
  const wanted =
    row.expected === undefined
      ? []
      : [`expected ${statistic.test === 'presence' ? 'some of ' : ''}${percent(row.expected)}`];
  const accepted = row.accept === undefined ? [] : [`accepted ${percent(row.accept[0])} to ${percent(row.accept[1])}`];
  const sure =
    row.interval === undefined ? [] : [`interval ${percent(row.interval[0])} to ${percent(row.interval[1])}`];
  return `${row.name}: ${[`seen ${percent(row.observed)}`, ...wanted, ...accepted, ...sure].join(', ')}`;
}

function percent(share: number): string {
  return `${formatNumber(Number((share * 100).toPrecision(3)))} %`;
}
