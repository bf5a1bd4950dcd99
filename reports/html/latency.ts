/** The whole distribution of every arm, on the axis of 1/(1 − q) that shows the tail as wide as the middle (HdrHistogram's plot). */
import { areaY, line, ruleX, text as textMark } from '@observablehq/plot';
import type { BenchReport } from '../bench-model.js';
import { formatNumber } from '../words.js';
import { drawPlot, figure, SERIES } from './plot.js';

/** Where the axis is labelled, as 1/(1 − q). */
const TICKS = [1, 2, 4, 10, 20, 100, 1_000, 10_000, 100_000];

/** Of the height of the drawing that a label takes. */
const LABEL_SHARE = 0.055;

interface Point {
  readonly arm: string;
  readonly x: number;
  readonly ms: number;
  readonly low: number | undefined;
  readonly high: number | undefined;
}

export function renderLatency({ mesh, arms }: BenchReport): string {
  const drawn = arms.filter(({ curve = [] }) => curve.length > 1);
  if (drawn.length === 0) return '';
  const points = drawn.flatMap(({ name, curve = [] }) =>
    curve.map(({ q, ms, lowMs, highMs }): Point => ({ arm: name, x: 1 / (1 - q), ms, low: lowMs, high: highMs })),
  );
  const most = Math.max(...points.map(({ x }) => x));
  const ticks = TICKS.filter((tick) => tick <= most);
  const names = drawn.map(({ name }) => name);
  const color = { domain: names, range: SERIES.slice(0, names.length) };
  const label = `latency by quantile: ${drawn.map((arm) => `${arm.name} ${describeQuantiles(arm.quantilesMs)}`).join('; ')}`;
  const picture = drawPlot(label, {
    height: 300,
    ...{ marginLeft: 52, marginRight: 92, marginTop: 20, marginBottom: 36 },
    x: {
      type: 'log',
      domain: [1, most],
      ticks,
      tickFormat: (x: number) => `p${formatNumber(Number((100 * (1 - 1 / x)).toPrecision(7)))}`,
      label: null,
    },
    y: { type: 'log', ticks: 6, tickSize: 0, tickFormat: (ms: number) => formatNumber(ms), label: 'ms', grid: true },
    color,
    marks: [
      ruleX(ticks, { stroke: 'var(--line)' }),
      areaY(
        points.filter(({ low }) => low !== undefined),
        { x: 'x', y1: 'low', y2: 'high', fill: 'arm', fillOpacity: 0.22 },
      ),
      line(points, { x: 'x', y: 'ms', stroke: 'arm', strokeWidth: 1.8 }),
      textMark(spreadLabels(points, names), {
        ...{ x: 'x', y: 'ms', text: 'arm', fill: 'arm', textAnchor: 'start', dx: 6, fontSize: 12 },
      }),
    ],
  });
  return figure(
    `${mesh}: latency of every arm`,
    'all valid requests; the ribbon is the interval of the median over repetitions, as far as one repetition reaches',
    picture,
  );
}

/** At the ends of the lines, but no closer to each other than a line of text. */
function spreadLabels(points: readonly Point[], names: readonly string[]): Point[] {
  const all = points.flatMap(({ ms, low = ms, high = ms }) => [ms, low, high]);
  const apart = (Math.max(...all) / Math.min(...all)) ** LABEL_SHARE;
  const ends = names.flatMap((name) => points.findLast(({ arm }) => arm === name) ?? []);
  return ends
    .toSorted((a, b) => a.ms - b.ms)
    .reduce<Point[]>(
      (placed, end) => [...placed, { ...end, ms: Math.max(end.ms, (placed.at(-1)?.ms ?? 0) * apart) }],
      [],
    );
}

function describeQuantiles(quantilesMs: Readonly<Record<string, number>>): string {
  return Object.entries(quantilesMs)
    .map(([name, ms]) => `${name} ${formatNumber(ms)} ms`)
    .join(', ');
}
