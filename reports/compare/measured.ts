/** What reports measured, in rows of like with like. */
import type { BenchReport } from '../bench-model.js';
import type { ConvergenceResult } from '../converge-model.js';
import type { Report } from '../model.js';
import { quantileName } from '../overhead.js';
import type { Measured, MeasuredRow } from './figures.js';
import type { NamedSource } from './runs.js';

/** A proxy at either end: what users of a mesh have. */
const ARM = 'both';

/** One mesh of one benchmark: `bench --mesh a,b` has several in one report. */
interface MeshOfRun {
  readonly label: string;
  readonly report: Report;
  readonly bench: BenchReport;
}

export function benchesOf(sources: readonly NamedSource[]): readonly MeshOfRun[] {
  return sources.flatMap(({ label, report }) =>
    (report.bench ?? []).map((bench, _index, all) => ({
      label: all.length === 1 ? label : `${bench.mesh} ${bench.version} (${report.run.id})`,
      report,
      bench,
    })),
  );
}

export function overheadRows(benches: readonly MeshOfRun[]): readonly MeasuredRow[] {
  const quantiles = [...new Set(benches.flatMap(({ report }) => report.overhead.map(quantileName)))].sort();
  return quantiles.map((quantile) => ({
    name: `overhead ${quantile}`,
    measured: benches.map((one) => overheadOf(one, quantile)),
  }));
}

function overheadOf({ label, report, bench }: MeshOfRun, quantile: string): Measured {
  const who = { run: label, runId: report.run.id, mesh: bench.mesh };
  const found = report.overhead.find(
    (one) =>
      (one.mesh ?? bench.mesh) === bench.mesh && one.arm === `${bench.mesh} ${ARM}` && quantileName(one) === quantile,
  );
  if (found === undefined) {
    const why = bench.withheld.find((one) => one.arm === ARM && one.quantile === quantile)?.reason;
    return { ...who, n: 0, values: [], note: `withheld: ${why ?? 'not measured'}` };
  }
  const { deltaMs, lowMs, highMs, floorMs, n, outcome, differencesMs = [] } = found;
  return { ...who, ms: deltaMs, lowMs, highMs, floorMs, n, note: `${outcome} than none`, values: differencesMs };
}

export function convergenceRows(sources: readonly NamedSource[]): readonly MeasuredRow[] {
  const changes = [...new Set(sources.flatMap(({ report }) => report.convergence.map(({ change }) => change)))];
  return changes.map((change) => ({
    name: `converge ${change}`,
    measured: sources.map(({ label, report }) =>
      convergenceOf(
        label,
        report,
        report.convergence.find((one) => one.change === change),
        change,
      ),
    ),
  }));
}

/** Until every proxy had the change. */
function convergenceOf(
  label: string,
  { unmeasured = [], run, mesh }: Report,
  result: ConvergenceResult | undefined,
  change: string,
): Measured {
  const who = { run: label, runId: run.id, mesh: mesh.name };
  if (result === undefined) {
    const why = unmeasured.find((one) => one.change === change)?.why ?? 'not measured';
    return { ...who, n: 0, values: [], note: why };
  }
  const { allMs, flips, censored, raster = [], resolutionMs } = result;
  const values = raster.map((flip) => flip.allMs ?? Infinity);
  const note = censored === 0 ? {} : { note: `${censored} of ${flips} never` };
  if (allMs === undefined) return { ...who, n: flips, values, ...note };
  const { median, low, high } = allMs;
  const interval = { ms: median, lowMs: low, ...(high === undefined ? {} : { highMs: high }) };
  return { ...who, ...interval, floorMs: resolutionMs, n: flips, values, ...note };
}
