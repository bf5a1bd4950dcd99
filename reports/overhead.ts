/** What a request costs, as tables: the comparisons first, then what stands behind them. */
import type { BenchReport, OverheadResult } from './bench-model.js';
import type { Report } from './model.js';
import type { Table } from './tables.js';
import { formatNumber } from './words.js';

/** A titled table of the benchmark, in the order to be read. */
export interface TitledTable {
  readonly title: string;
  readonly table: Table;
}

export function overheadTable(report: Report): Table | undefined {
  if (report.overhead.length === 0) return undefined;
  return {
    head: ['Comparison', 'Rate', 'Quantile', 'Difference', 'Interval', 'Noise floor', 'n', 'Outcome'],
    rows: report.overhead.map((one) => [
      `${one.arm} against ${one.against}`,
      `${formatNumber(one.rate)}/s`,
      quantileName(one),
      `${signed(one.deltaMs)} ms`,
      `${signed(one.lowMs)} … ${signed(one.highMs)} ms${coverage(one)}`,
      `±${formatNumber(one.floorMs)} ms`,
      String(one.n),
      outcomeWords(one),
    ]),
  };
}

/** Everything beside the comparisons; empty parts are left out. */
export function benchTables(report: Report): readonly TitledTable[] {
  const benches = report.bench ?? [];
  const tables: readonly (readonly [string, Table])[] = [
    ['Arms', armTable(benches)],
    ['Saturation', saturationTable(benches)],
    ['Highest rate that keeps the promise', sloTable(benches)],
    ['Limits of the configuration', limitTable(benches)],
    ['Withheld', withheldTable(benches)],
    ['Conditions', conditionsTable(benches)],
  ];
  return tables.flatMap(([title, table]) => (table.rows.length === 0 ? [] : [{ title, table }]));
}

function armTable(benches: readonly BenchReport[]): Table {
  return {
    head: ['Arm', 'p50', 'p90', 'p99', 'Requests', 'Failed', 'Invalid slices', 'Proxy CPU', 'Proxy memory', 'Proof'],
    rows: benches.flatMap(({ mesh, arms }) =>
      arms
        .filter(({ unmeasurable }) => unmeasurable === undefined)
        .map((arm) => [
          `${mesh} ${arm.name}`,
          ...['p50', 'p90', 'p99'].map((name) => msOf(arm.quantilesMs[name])),
          String(arm.requests),
          String(arm.failed),
          describeSlices(arm.slices),
          arm.cpuUsPerRequest === undefined ? '–' : `${formatNumber(arm.cpuUsPerRequest)} µs`,
          arm.proxyResidentBytes === undefined ? '–' : `${formatNumber(arm.proxyResidentBytes / 2 ** 20)} MiB`,
          arm.identity ?? '–',
        ]),
    ),
  };
}

function saturationTable(benches: readonly BenchReport[]): Table {
  return {
    head: ['Arm', 'Most', '95 % interval', 'At connections', 'One connection', 'Left out'],
    rows: benches.flatMap(({ mesh, saturation }) =>
      saturation.map((one) => [
        `${mesh} ${one.arm}`,
        perSecond(one.maxPerSecond),
        one.lowPerSecond === undefined || one.highPerSecond === undefined
          ? '–'
          : `${perSecond(one.lowPerSecond)} … ${perSecond(one.highPerSecond)}`,
        one.bestConcurrency === undefined ? '–' : formatNumber(Math.round(one.bestConcurrency)),
        perSecond(one.steps[0]?.perSecond),
        one.leftOut.map(({ concurrency, reason }) => `${concurrency}: ${reason}`).join('; ') || '–',
      ]),
    ),
  };
}

function sloTable(benches: readonly BenchReport[]): Table {
  return {
    head: ['Arm', 'Rate', 'How'],
    rows: benches.flatMap(({ mesh, slo }) =>
      slo.map((one) => [`${mesh} ${one.arm}`, perSecond(one.perSecond), one.reason]),
    ),
  };
}

function limitTable(benches: readonly BenchReport[]): Table {
  return {
    head: ['Limit', 'Allowed', 'Measured', 'Outcome'],
    rows: benches.flatMap(({ mesh, limits = [] }) =>
      limits.map(({ limit, most, measured, outcome }) => [
        `${mesh} ${limit}`,
        formatNumber(most),
        measured === undefined ? '–' : formatNumber(measured),
        outcome,
      ]),
    ),
  };
}

function withheldTable(benches: readonly BenchReport[]): Table {
  return {
    head: ['Comparison', 'Quantile', 'Why'],
    rows: benches.flatMap(({ mesh, arms, withheld }) => [
      ...arms.flatMap(({ name, unmeasurable }) =>
        unmeasurable === undefined ? [] : [[`${mesh} ${name}`, 'every', `not measurable: ${unmeasurable}`]],
      ),
      ...groupReasons(withheld).map((one) => [`${mesh} ${one.arm}`, one.quantiles.join(', '), one.reason]),
    ]),
  };
}

function conditionsTable(benches: readonly BenchReport[]): Table {
  return {
    head: ['Mesh', 'Load', 'Rate chosen', 'Control plane', 'Notes'],
    rows: benches.map((bench) => [
      `${bench.mesh} ${bench.version}`,
      `${formatNumber(bench.rate)}/s an arm, ${bench.arrivals}, ${bench.connections} connections, ${bench.payloadBytes} B answers, ${bench.reps} repetitions`,
      bench.rateReason,
      bench.controlPlane === undefined
        ? '–'
        : `${formatNumber(bench.controlPlane.cpuUsPerRequest)} µs a request, ${formatNumber(bench.controlPlane.residentBytes / 2 ** 20)} MiB`,
      bench.notes.join('; ') || '–',
    ]),
  };
}

/** What holds for several quantiles of an arm is said once. */
function groupReasons(
  withheld: BenchReport['withheld'],
): readonly { readonly arm: string; readonly reason: string; readonly quantiles: readonly string[] }[] {
  const groups = new Map<string, { arm: string; reason: string; quantiles: string[] }>();
  for (const { arm, quantile, reason } of withheld) {
    const key = JSON.stringify([arm, reason]);
    const group = groups.get(key) ?? { arm, reason, quantiles: [] };
    group.quantiles.push(quantile);
    groups.set(key, group);
  }
  return [...groups.values()];
}

export function quantileName({ quantile }: Pick<OverheadResult, 'quantile'>): string {
  return typeof quantile === 'number' ? `p${formatNumber(quantile * 100)}` : quantile;
}

export function signed(value: number): string {
  return value < 0 ? `−${formatNumber(-value)}` : `+${formatNumber(value)}`;
}

/** An interval of few repetitions covers less than everybody expects. */
function coverage({ confidence }: OverheadResult): string {
  return confidence === undefined || confidence >= 0.95 ? '' : ` (covers ${Math.floor(confidence * 100)} %)`;
}

function outcomeWords({ outcome, reason }: OverheadResult): string {
  return outcome === 'inconclusive' && reason !== undefined ? `${outcome}: ${reason}` : outcome;
}

function describeSlices({ total, invalid, causes }: BenchReport['arms'][number]['slices']): string {
  const why = Object.entries(causes).map(([cause, count]) => `${cause} ${count}`);
  return why.length === 0 ? `${invalid} of ${total}` : `${invalid} of ${total} (${why.join(', ')})`;
}

function msOf(ms: number | undefined): string {
  return ms === undefined ? '–' : `${formatNumber(ms)} ms`;
}

function perSecond(value: number | undefined): string {
  return value === undefined ? '–' : `${formatNumber(Math.round(value))}/s`;
}
