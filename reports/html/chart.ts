/** One statistic drawn: what was expected, what would have been accepted, what was seen, and how sure that is. */
import { barX, dot, text as textMark, tickX } from '@observablehq/plot';
import type { Statistic } from '../../src/judge/verdict.js';
import { formatNumber } from '../words.js';
import { text } from './markup.js';
import { drawPlot } from './plot.js';

interface Row {
  readonly name: string;
  readonly observed: number;
  readonly expected?: number;
  readonly accept?: readonly [number, number];
  readonly interval?: readonly [number, number];
}

const ROW = 44;
const TEXT_LINE = 14;

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
  const seen = statistic.rejected ? 'var(--fail)' : 'var(--accent)';
  const name = (row: Row): string => row.name;
  const at = (share: number | undefined): number | undefined =>
    share === undefined ? undefined : Math.min(share, top);
  const band = { y: name, insetTop: TEXT_LINE + 4, insetBottom: 8 } as const;
  return drawPlot(rows.map((row) => describeRow(statistic, row)).join('; '), {
    height: rows.length * ROW + 24,
    ...{ marginLeft: 12, marginRight: 24, marginTop: 2, marginBottom: 22 },
    x: { domain: [0, top], ticks: 5, tickSize: 0, tickFormat: percent, label: null, grid: true },
    y: { domain: rows.map(name), axis: null, padding: 0 },
    marks: [
      barX(rows, {
        ...band,
        x1: (row: Row) => row.accept?.[0],
        x2: (row: Row) => at(row.accept?.[1]),
        fill: 'var(--pass)',
        fillOpacity: 0.22,
        rx: 2,
      }),
      barX(rows, {
        y: name,
        insetTop: TEXT_LINE + 12,
        insetBottom: 15,
        x1: (row: Row) => row.interval?.[0],
        x2: (row: Row) => at(row.interval?.[1]),
        fill: seen,
        rx: 1,
      }),
      tickX(rows, { ...band, x: (row: Row) => at(row.expected), stroke: 'var(--ink)', strokeWidth: 1.5 }),
      dot(rows, {
        y: name,
        x: (row: Row) => at(row.observed),
        dy: 5,
        r: 5,
        fill: seen,
        stroke: 'var(--paper)',
        strokeWidth: 1.5,
      }),
      textMark(rows, { y: name, text: name, frameAnchor: 'left', dy: -TEXT_LINE, fill: 'var(--ink)', fontSize: 12 }),
    ],
  });
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
