/** How fast changes took effect, as tables. */
import type { ConvergenceResult } from './converge-model.js';
import type { Report } from './model.js';
import type { Table } from './tables.js';
import { formatDuration, formatNumber } from './words.js';

type Quantiles = ConvergenceResult['anyMs'];

export function convergenceTable(report: Report): Table | undefined {
  if (report.convergence.length === 0) return undefined;
  const rows = report.convergence.map((one) => [
    one.change,
    String(one.proxies),
    String(one.flips),
    describeQuantiles(one.anyMs),
    describeQuantiles(one.allMs),
    describeTime(one.mixWindowMs),
    `±${describeTime(one.resolutionMs)}`,
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

/** What stands behind the figures; undefined for reports that do not say. */
export function convergenceDetails(report: Report): Table | undefined {
  const rows = [
    ...report.convergence.flatMap((one) => detailsOf(one).map((words) => [one.change, ...words])),
    ...(report.unmeasured ?? []).map(({ change, why }) => [change, 'Not measured', why]),
  ];
  return rows.length === 0 ? undefined : { head: ['Change', 'What', 'Found'], rows };
}

function detailsOf(one: ConvergenceResult): readonly (readonly [string, string])[] {
  const { glitchKinds: kinds, whiteBox, outage, connections, invalid = 0 } = one;
  const quantiles = (what: string, values: Quantiles): readonly [string, string][] =>
    values === undefined ? [] : [[what, describeQuantiles(values)]];
  return [
    ...quantiles('Nine in ten proxies', one.c90Ms),
    ...quantiles('First proxy, from the request', one.fromRequestMs),
    ...quantiles('Every proxy, from the first change of the burst', one.fromFirstMs),
    ...quantiles('Acknowledged by all proxies', one.controlPlaneMs),
    ...(one.mixWindowMaxMs === undefined ? [] : [['Longest mix window', describeTime(one.mixWindowMaxMs)] as const]),
    ...(kinds === undefined || one.glitches === 0 ? [] : [['Glitches', describeKinds(kinds)] as const]),
    ...(one.smallestGlitchMs === undefined
      ? []
      : [['Shortest glitch seen with 95 %', describeTime(one.smallestGlitchMs)] as const]),
    ...(outage === undefined ? [] : [['Without the control plane', describeOutage(outage)] as const]),
    ...(whiteBox === undefined ? [] : [['Beside update_time', describeWhiteBox(whiteBox)] as const]),
    ...(connections === undefined ? [] : [['Probes', CONNECTIONS[connections]] as const]),
    ...(invalid === 0 ? [] : [['Not readable', `${invalid}: ${(one.invalidReasons ?? []).join('; ')}`] as const]),
    ...(one.notes ?? []).map((note) => ['Note', note] as const),
  ];
}

const CONNECTIONS = {
  new: 'each on a connection of its own, as a policy may be bound to connections; the proxies between them keep theirs',
  reuse: 'on connections that stay and take turns',
} as const;

function describeKinds({ back, late, errors, traffic }: NonNullable<ConvergenceResult['glitchKinds']>): string {
  const parts = [
    [back, 'old after new'],
    [late, 'old after stable'],
    [errors, 'errors'],
    [traffic, 'errors of traffic beside'],
  ] as const;
  return parts.flatMap(([n, what]) => (n === 0 ? [] : [`${n} ${what}`])).join(', ');
}

function describeOutage({ durationMs, probes, answered }: NonNullable<ConvergenceResult['outage']>): string {
  return `${answered} of ${probes} probes answered in ${formatDuration(durationMs)}`;
}

function describeWhiteBox({ compared, flagged, medianGapMs }: NonNullable<ConvergenceResult['whiteBox']>): string {
  return `first new answer ${describeTime(medianGapMs)} after it (median of ${compared}), ${flagged} flagged`;
}

export function describeQuantiles(quantiles: Quantiles): string {
  if (quantiles === undefined) return 'never';
  const { median, low, high, p90, level } = quantiles;
  const coverage = level === undefined || level >= 0.95 ? '' : ` at ${formatNumber(Math.floor(level * 100))} %`;
  const end = high === undefined ? 'never' : describeTime(high);
  const tail = p90 === undefined ? 'p90 never' : `p90 ${describeTime(p90)}`;
  return `${describeTime(median)} (${describeTime(low)} … ${end}${coverage}), ${tail}`;
}

export function describeTime(ms: number): string {
  const rounded = Math.abs(ms) < 1_000 ? Number(Math.abs(ms).toFixed(2)) : Math.abs(ms);
  return `${ms < 0 && rounded !== 0 ? '−' : ''}${formatDuration(rounded)}`;
}
