/** What many proxies cost their control plane, as tables. */
import type { Report } from './model.js';
import type { ScaleReport } from './scale-model.js';
import type { Table } from './tables.js';
import { formatDuration, formatNumber } from './words.js';

type Size = ScaleReport['sizes'][number];
type Growth = ScaleReport['growth'][number];

const GROWTH_TITLES: Readonly<Record<Growth['of'], string>> = {
  last: 'last client served',
  spread: 'first client to last',
  cpu: 'CPU for a change',
  bytes: 'bytes for a change',
};

export function scaleTable(report: Report): Table | undefined {
  const { scale = [] } = report;
  if (scale.length === 0) return undefined;
  return {
    head: [
      'Clients',
      'Connected',
      'First',
      'Median',
      'p99',
      'Last',
      'Complete',
      'Responses',
      'Bytes',
      'CPU',
      'Memory',
      'Lag',
      'Trouble',
    ],
    rows: scale.flatMap((one) => one.sizes.map((size) => [`${one.xds} ${size.clients}`, ...sizeCells(size)])),
  };
}

export function growthTable(report: Report): Table | undefined {
  const rows = (report.scale ?? []).flatMap(({ xds, growth, residentBytesPerClient, simulatorBytesPerClient }) => [
    ...growth.map((one) => [
      `${xds} ${GROWTH_TITLES[one.of]}`,
      `clients^${one.slope.toFixed(2)}`,
      `${one.low.toFixed(2)} … ${one.high.toFixed(2)}`,
      one.r2.toFixed(3),
      `${one.points} sizes`,
      one.word,
    ]),
    ...perClient(`${xds} memory of the control plane`, residentBytesPerClient),
    ...perClient(`${xds} memory of the simulator`, simulatorBytesPerClient),
  ]);
  if (rows.length === 0) return undefined;
  return { head: ['Cost', 'Grows with', '95 % interval', 'R²', 'From', 'Growth'], rows };
}

/** What fits into a terminal: the rest is in the report. */
export function shortScaleTable(report: Report): Table | undefined {
  const table = scaleTable(report);
  if (table === undefined) return undefined;
  const hasTrouble = table.rows.some((row) => row.at(-1) !== 'none');
  const left = new Set(['Connected', 'Responses', ...(hasTrouble ? [] : ['Trouble'])]);
  const keep = (row: readonly string[]): readonly string[] =>
    row.filter((_, index) => !left.has(table.head[index] ?? ''));
  return { head: keep(table.head), rows: table.rows.map(keep) };
}

/** How to read the columns. */
export const SCALE_NOTE =
  'Times count from the API accepting a new service: until the first, the median and the last client had its cluster, and until the last had its endpoints too (complete). First and last are medians over the changes, median and p99 are over all clients and changes. Bytes and CPU of the control plane are those of one coming or going. Lag: how late the simulator itself was; * more than half of the time between first and last client, so that these are upper bounds.';

/** Columns side by side, with the first to the left; undefined when a row is wider than that. */
export function alignTable({ head, rows }: Table, width: number): readonly string[] | undefined {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  if (widths.reduce((sum, each) => sum + each + 2, 0) > width) return undefined;
  return all.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function sizeCells({ received, completed, controlPlane, simulator, ...size }: Size): readonly string[] {
  return [
    shown(size.connectMs),
    shown(received?.firstMs),
    shown(received?.medianMs),
    shown(received?.p99Ms),
    shown(received?.lastMs),
    shown(completed?.lastMs),
    formatNumber(size.responses),
    formatBytes(size.bytes),
    shown(controlPlane && controlPlane.cpuUs / 1000),
    controlPlane === undefined ? '–' : formatBytes(controlPlane.residentBytes),
    `${shown(simulator.lagP99Ms)}${isLimited({ ...size, simulator }) ? '*' : ''}`,
    trouble(size),
  ];
}

/** A simulator that is itself late makes the last client seem later than the control plane made it. */
function isLimited({ simulator, spreadMs }: Pick<Size, 'simulator' | 'spreadMs'>): boolean {
  return spreadMs !== undefined && simulator.lagP99Ms > spreadMs / 2;
}

function trouble({
  missing,
  refused,
  broken,
  retries,
}: Pick<Size, 'missing' | 'refused' | 'broken' | 'retries'>): string {
  const parts = Object.entries({ missing, refused, broken, retries }).filter(([, count]) => count > 0);
  return parts.length === 0 ? 'none' : parts.map(([what, count]) => `${count} ${what}`).join(', ');
}

function perClient(title: string, bytes: number | undefined): readonly (readonly string[])[] {
  return bytes === undefined ? [] : [[title, `${formatBytes(bytes)} a client`, '', '', '', '']];
}

function shown(valueMs: number | undefined): string {
  return valueMs === undefined ? '–' : formatDuration(Number(valueMs.toPrecision(3)));
}

function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.abs(bytes) || 1) / 10)));
  return `${formatNumber(Number((bytes / 1024 ** power).toPrecision(3)))} ${units[power] ?? 'B'}`;
}
