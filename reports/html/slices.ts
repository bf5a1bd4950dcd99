/** The benchmark as it went: every slice of every arm with what spoilt it, and how well the generator kept its promise. */
import { dot, line, rect, ruleY, text as textMark } from '@observablehq/plot';
import { LATEST_MS, spoiling } from '../../src/bench/gates.js';
import type { BenchReport } from '../bench-model.js';
import { formatNumber } from '../words.js';
import { drawPlot, figure } from './plot.js';

type Slice = NonNullable<BenchReport['timeline']>[number];

/** A slice in which nothing was late at all still has a place on an axis of powers. */
const LEAST_MS = 0.001;
/** Where the generator is so late that a slice says nothing of its middle, of its tail. */
const LATE_MS = { p50: LATEST_MS.p50, p99: LATEST_MS.p99 } as const;
const FRAME = { marginLeft: 52, marginRight: 92, marginTop: 20 } as const;

export function renderSlices({ mesh, timeline = [] }: BenchReport): string {
  if (timeline.length === 0) return '';
  return [
    figure(
      `${mesh}: every slice`,
      'the height is its p50 in ms; red: it says nothing, for a cause from outside; amber: nothing of some quantiles; hollow: two arms at once',
      drawStrip(timeline),
    ),
    figure(
      `${mesh}: offered and answered`,
      'requests a second of each slice; the line is what was due',
      drawRates(timeline),
    ),
    figure(
      `${mesh}: lateness of the generator`,
      'from when a request was due until it was sent, p50 and p99 of each slice; beyond the dashed lines a slice says nothing of its middle, of its tail',
      drawLags(timeline),
    ),
  ].join('\n');
}

const isSpoilt = ({ causes }: Slice): boolean => spoiling(causes).length > 0;
const endOf = ({ atSeconds, seconds }: Slice): number => atSeconds + seconds;
const arms = (timeline: readonly Slice[]): string[] => [...new Set(timeline.map(({ arm }) => arm))];
const xAxis = { label: 'seconds of load', tickSize: 3 } as const;

function drawStrip(timeline: readonly Slice[]): string {
  const most = Math.max(...timeline.map(({ p50Ms = 0 }) => p50Ms));
  const bad = timeline.filter(({ causes }) => causes.length > 0);
  const spoilt = bad.filter(isSpoilt).length;
  const label = `${timeline.length} slices of ${arms(timeline).join(', ')}; ${spoilt} say nothing, ${bad.length - spoilt} nothing of some quantiles`;
  const across = { x1: 'atSeconds', x2: endOf, fy: 'arm' } as const;
  return drawPlot(label, {
    ...FRAME,
    height: arms(timeline).length * 54 + 48,
    marginBottom: 34,
    x: xAxis,
    y: {
      domain: [0, most],
      ticks: 2,
      tickSize: 0,
      label: null,
      grid: true,
      tickFormat: (ms: number) => formatNumber(ms),
    },
    fy: { domain: arms(timeline), axis: null, padding: 0.2 },
    marks: [
      rect(bad, {
        ...across,
        y1: 0,
        y2: most,
        fill: (slice: Slice) => (isSpoilt(slice) ? 'var(--fail)' : 'var(--inconclusive)'),
        fillOpacity: 0.25,
      }),
      rect(timeline, {
        ...across,
        y1: 0,
        y2: ({ p50Ms = 0 }: Slice) => p50Ms,
        fill: ({ design }: Slice) => (design === 'slices' ? 'var(--accent)' : 'transparent'),
        stroke: 'var(--accent)',
        strokeWidth: 0.5,
      }),
      textMark(arms(timeline), {
        fy: (arm: string) => arm,
        text: (arm: string) => arm,
        frameAnchor: 'right',
        dx: 86,
        fontSize: 12,
        textAnchor: 'end',
      }),
    ],
  });
}

function drawRates(timeline: readonly Slice[]): string {
  const offered = timeline.map(({ due, seconds }) => due / seconds);
  const answered = timeline.map(({ good, seconds }) => good / seconds);
  const most = Math.max(...offered, ...answered);
  const least = timeline.filter(({ good, due }) => good < due).length;
  return drawPlot(`${timeline.length} slices, of which ${least} have fewer good answers than requests that were due`, {
    ...FRAME,
    height: 130,
    marginBottom: 34,
    x: xAxis,
    y: { domain: [0, most * 1.05], ticks: 3, tickSize: 0, label: 'a second', grid: true },
    marks: [
      line(timeline, {
        x: 'atSeconds',
        y: (slice: Slice) => slice.due / slice.seconds,
        stroke: 'var(--quiet)',
        curve: 'step-after',
      }),
      dot(timeline, {
        x: ({ atSeconds, seconds }: Slice) => atSeconds + seconds / 2,
        y: (slice: Slice) => slice.good / slice.seconds,
        r: 1.5,
        fill: (slice: Slice) => (slice.good < slice.due ? 'var(--fail)' : 'var(--accent)'),
      }),
    ],
  });
}

function drawLags(timeline: readonly Slice[]): string {
  const points = timeline.flatMap(({ atSeconds, sendLagP50Ms, sendLagP99Ms }) => [
    { at: atSeconds, quantile: 'p50', ms: sendLagP50Ms },
    { at: atSeconds, quantile: 'p99', ms: sendLagP99Ms },
  ]);
  const late = timeline.filter(({ sendLagP99Ms = 0 }) => sendLagP99Ms > LATE_MS.p99).length;
  const known = points.flatMap(({ ms, ...point }) =>
    ms === undefined ? [] : [{ ...point, ms: Math.max(ms, LEAST_MS) }],
  );
  return drawPlot(
    `in ${late} of ${timeline.length} slices the generator was late by more than ${LATE_MS.p99} ms at p99`,
    {
      ...FRAME,
      height: 150,
      marginBottom: 34,
      x: xAxis,
      y: { type: 'log', ticks: 3, tickSize: 0, label: 'ms', grid: true, tickFormat: (ms: number) => formatNumber(ms) },
      color: { domain: ['p50', 'p99'], range: ['var(--s1)', 'var(--s2)'] },
      marks: [
        ruleY([LATE_MS.p50], { stroke: 'var(--s1)', strokeDasharray: '4 3' }),
        ruleY([LATE_MS.p99], { stroke: 'var(--s2)', strokeDasharray: '4 3' }),
        dot(known, { x: 'at', y: 'ms', r: 1.5, fill: 'quantile' }),
        textMark(Object.entries(LATE_MS), {
          y: ([, ms]: [string, number]) => ms,
          text: ([name]: [string, number]) => name,
          frameAnchor: 'right',
          dx: 26,
          fontSize: 12,
          fill: ([name]: [string, number]) => name,
        }),
      ],
    },
  );
}
