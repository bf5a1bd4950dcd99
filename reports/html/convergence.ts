/** How fast changes took effect, drawn: the share of changes still to come over time, to the first proxy and to all of them. */
import type { ConvergenceResult } from '../converge-model.js';
import { convergenceDetails, convergenceTable, describeTime } from '../convergence.js';
import type { Report } from '../model.js';
import { attribute, dataTable, section, text } from './markup.js';

const WIDTH = 560;
const HEIGHT = 150;
const SIDE = 34;
const TOP = 10;
const AXIS = 22;

type Survival = NonNullable<ConvergenceResult['survival']>;
type Curve = Survival['all'];

export function renderConvergence(report: Report): string {
  const table = convergenceTable(report);
  const details = convergenceDetails(report);
  const parts = [
    ...report.convergence.map(drawSurvival),
    ...(table === undefined ? [] : [dataTable(table)]),
    ...(details === undefined ? [] : [dataTable(details, { caption: 'What stands behind it' })]),
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : section('convergence', 'Convergence', parts.join('\n'));
}

function drawSurvival(one: ConvergenceResult): string {
  const { survival } = one;
  if (survival === undefined || survival.any.length + survival.all.length === 0) return '';
  const times = [...survival.any, ...survival.all].map(({ ms }) => ms);
  const ended = one.censored > 0 ? (one.raster ?? []).map(({ endedMs }) => endedMs) : [];
  const least = Math.min(0, ...times);
  const most = Math.max(...times, ...ended, least + 1);
  const x = (ms: number): string => (SIDE + ((ms - least) / (most - least)) * (WIDTH - 2 * SIDE)).toFixed(1);
  const y = (share: number): string => (TOP + (1 - share) * (HEIGHT - TOP - AXIS)).toFixed(1);
  const line = (curve: Curve, className: string): string =>
    `<path class="${className}" d="${pathOf(curve, { least, most, x, y })}"/>`;
  const ticks = [least, (least + most) / 2, most].map((ms, index) => {
    const anchor = ['start', 'middle', 'end'][index] ?? 'middle';
    return `<text class="tick" x="${x(ms)}" y="${HEIGHT - 6}" text-anchor="${anchor}">${text(describeTime(Number(ms.toPrecision(3))))}</text>`;
  });
  const levels = [0, 0.5, 1].map(
    (share) =>
      `<line class="grid" x1="${SIDE}" x2="${WIDTH - SIDE}" y1="${y(share)}" y2="${y(share)}"/><text class="tick" x="${SIDE - 4}" y="${y(share)}" text-anchor="end">${share * 100} %</text>`,
  );
  const marks = censorMarks(one).map(
    (ms) => `<line class="expected" x1="${x(ms)}" x2="${x(ms)}" y1="${TOP}" y2="${TOP + 8}"/>`,
  );
  const { method } = survival;
  const words = `${one.flips} changes, ${one.proxies} proxies; share still to come: faint to the first proxy, full to every proxy; ${method === 'turnbull' ? 'Turnbull' : 'Kaplan–Meier'}${one.censored > 0 ? `; ${one.censored} did not converge` : ''}`;
  return `<figure class="statistic">
<figcaption><strong>${text(one.change)}</strong> <small>${text(words)}</small></figcaption>
<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${attribute(`${one.change}: ${words}`)}">${levels.join('')}${ticks.join('')}${line(survival.any, 'survival faint')}${line(survival.all, 'survival')}${marks.join('')}</svg>
</figure>`;
}

interface Scale {
  readonly least: number;
  readonly most: number;
  readonly x: (ms: number) => string;
  readonly y: (share: number) => string;
}

/** From everything to come down to what was never seen; the points of a curve are its corners. */
function pathOf(curve: Curve, { least, most, x, y }: Scale): string {
  const corners = curve.map(({ ms, share }) => `L${x(ms)} ${y(share)}`);
  return `M${x(least)} ${y(1)}${corners.join('')}L${x(most)} ${y(curve.at(-1)?.share ?? 1)}`;
}

/** Where changes that did not reach every proxy were watched to. */
function censorMarks({ raster = [] }: ConvergenceResult): readonly number[] {
  return raster.flatMap(({ allMs, endedMs }) => (allMs === undefined ? [endedMs] : []));
}
