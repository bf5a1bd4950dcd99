/** How fast changes took effect, drawn: the share of changes still to come over time, and what each proxy did in each change. */
import { dot, link, line, ruleX, text as textMark } from '@observablehq/plot';
import type { ConvergenceResult } from '../converge-model.js';
import { convergenceDetails, convergenceTable, describeTime } from '../convergence.js';
import type { Report } from '../model.js';
import { dataTable, section } from './markup.js';
import { drawPlot, figure } from './plot.js';

type Survival = NonNullable<ConvergenceResult['survival']>;
type Curve = Survival['all'];
type Change = NonNullable<ConvergenceResult['raster']>[number];

const FRAME = { marginLeft: 52, marginRight: 92 } as const;
const CENSOR_TICK = 0.05;
/** More changes than these would be a carpet; the first ones tell the same. */
const MOST_CHANGES = 24;
const ROW = 4;
const NAMES = { any: 'first proxy', all: 'every proxy' } as const;

export function renderConvergence(report: Report): string {
  const table = convergenceTable(report);
  const details = convergenceDetails(report);
  const parts = [
    ...report.convergence.flatMap((one) => [drawSurvival(one), drawRaster(one)]),
    ...(table === undefined ? [] : [dataTable(table)]),
    ...(details === undefined ? [] : [dataTable(details, { caption: 'What stands behind it' })]),
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : section('convergence', 'Convergence', parts.join('\n'));
}

function drawSurvival(one: ConvergenceResult): string {
  const { survival, change, flips, proxies, censored } = one;
  if (survival === undefined || survival.any.length + survival.all.length === 0) return '';
  const ended = censorTimes(one);
  const times = [...survival.any, ...survival.all].map(({ ms }) => ms);
  const least = Math.min(0, ...times);
  const most = Math.max(...times, ...ended, least + 1);
  const points = (['any', 'all'] as const).flatMap((name) =>
    stepsOf(survival[name], least, most).map((point) => ({ ...point, name: NAMES[name] })),
  );
  const still = survival.all.at(-1)?.share ?? 1;
  const method = survival.method === 'turnbull' ? 'Turnbull' : 'Kaplan–Meier';
  const words = `${flips} changes, ${proxies} proxies; share of the changes still to come; ${method}${censored > 0 ? `; ${censored} did not converge, ticks: until when they were watched` : ''}`;
  const picture = drawPlot(`${change}: ${words}`, {
    ...FRAME,
    height: 190,
    ...{ marginTop: 12, marginBottom: 26 },
    x: { domain: [least, most], ticks: 5, tickFormat: (ms: number) => describeTime(ms), label: null },
    y: { domain: [0, 1], ticks: 3, tickFormat: (share: number) => `${share * 100} %`, grid: true, label: null },
    color: { domain: Object.values(NAMES), range: ['var(--s2)', 'var(--s1)'] },
    marks: [
      line(points, { x: 'ms', y: 'share', stroke: 'name', strokeWidth: 2, curve: 'step-after' }),
      ruleX(ended, {
        x: (ms: number) => ms,
        y1: still - CENSOR_TICK,
        y2: still + CENSOR_TICK,
        stroke: 'var(--s1)',
        strokeWidth: 1.5,
      }),
      textMark(
        (['any', 'all'] as const).map((name) => ({ name: NAMES[name], share: name === 'any' ? 0.3 : 0.7 })),
        { y: 'share', text: 'name', fill: 'name', frameAnchor: 'right', textAnchor: 'start', dx: 6, fontSize: 12 },
      ),
    ],
  });
  return figure(change, words, picture);
}

/** From everything to come down to what was never seen; the points of a curve are its corners. */
function stepsOf(curve: Curve, least: number, most: number): Curve {
  return [{ ms: least, share: 1 }, ...curve, { ms: most, share: curve.at(-1)?.share ?? 1 }];
}

/** Where changes that did not reach every proxy were watched to. */
function censorTimes({ raster = [] }: ConvergenceResult): number[] {
  return raster.flatMap(({ allMs, endedMs }) => (allMs === undefined ? [endedMs] : []));
}

interface ProxyRow {
  readonly change: number;
  readonly row: number;
  readonly lastOldMs: number;
  readonly firstNewMs?: number;
  readonly stableMs?: number;
}

/** One row a proxy, one band a change: from its last old answer to its first new one, and where it was stable. */
function drawRaster({ change, raster = [] }: ConvergenceResult): string {
  const shown = raster.slice(0, MOST_CHANGES);
  const rows = shown.flatMap(rowsOf);
  if (rows.length === 0) return '';
  const proxies = Math.max(...shown.map((one) => one.proxies.length));
  const ends = rows.flatMap(({ lastOldMs, firstNewMs = 0, stableMs = 0 }) => [lastOldMs, firstNewMs, stableMs]);
  const never = rows.filter(({ stableMs }) => stableMs === undefined);
  const left = raster.length - shown.length;
  const words = `a band a change, a row a proxy: grey, between its last old and its first new answer; dot, stable; cross, never${left > 0 ? `; ${left} more changes are in report.json` : ''}`;
  const across = { y: 'row', fy: 'change' } as const;
  const picture = drawPlot(`${change}: ${rows.length - never.length} of ${rows.length} times a proxy became stable`, {
    ...FRAME,
    height: shown.length * (proxies * ROW + 6) + 40,
    ...{ marginTop: 4, marginBottom: 26 },
    x: {
      domain: [Math.min(0, ...ends), Math.max(1, ...ends)],
      ticks: 5,
      tickFormat: (ms: number) => describeTime(ms),
      label: null,
      grid: true,
    },
    y: { domain: [-0.5, proxies - 0.5], axis: null },
    fy: { label: null, tickFormat: (index: number) => String(index), tickSize: 0, padding: 0.2 },
    marks: [
      link(
        rows.filter(({ firstNewMs }) => firstNewMs !== undefined),
        {
          ...across,
          x1: 'lastOldMs',
          x2: 'firstNewMs',
          stroke: 'var(--quiet)',
          strokeWidth: ROW - 1,
          strokeOpacity: 0.55,
        },
      ),
      dot(
        rows.filter(({ stableMs }) => stableMs !== undefined),
        { ...across, x: 'stableMs', r: 2, fill: 'var(--s1)' },
      ),
      dot(never, { ...across, x: 'lastOldMs', r: 3, symbol: 'times', stroke: 'var(--fail)' }),
    ],
  });
  return figure(`${change}: every proxy`, words, picture);
}

function rowsOf({ proxies }: Change, index: number): readonly ProxyRow[] {
  return proxies.map(({ lastOldMs, firstNewMs, stableMs }, row) => ({
    change: index + 1,
    row,
    lastOldMs,
    ...(firstNewMs === undefined ? {} : { firstNewMs }),
    ...(stableMs === undefined ? {} : { stableMs }),
  }));
}
