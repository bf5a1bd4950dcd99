/** Any number of runs set side by side; what was not made alike is refused by name. */
import { EXIT, badInput, type ExitCode } from '../../src/errors/harness-error.js';
import { refuseConvergence, refuseOverhead, refuseVerdicts } from './alike.js';
import { compareFigures, notesOnPairs, type MeasuredRow } from './figures.js';
import { benchesOf, convergenceRows, overheadRows } from './measured.js';
import { COMPARISON_API_VERSION, type Comparison, type Refusal, type Source } from './model.js';
import { findChanges } from './regressions.js';
import { describeRun, nameSources } from './runs.js';
import { compareVerdicts, countPortability } from './verdicts.js';

/** @param baseline one more run, or one of the sources @throws HarnessError E_RUN_TWICE */
export function compareRuns(sources: readonly Source[], baseline?: Source): Comparison {
  const isAmong = sources.some(({ report }) => report.run.id === baseline?.report.run.id);
  const named = nameSources(baseline === undefined || isAmong ? sources : [baseline, ...sources]);
  const origin = named.find(({ report }) => report.run.id === baseline?.report.run.id);
  const judged = named.filter(({ report }) => report.cases.length > 0);
  const measured = named.filter(({ report }) => report.convergence.length > 0);
  const benches = benchesOf(named);
  const loaded = named.filter(({ report }) => (report.bench ?? []).length > 0);
  const refused = [
    refuseVerdicts(judged),
    refuseOverhead(
      loaded,
      benches.map(({ label, bench }) => [label, bench] as const),
    ),
    refuseConvergence(measured),
  ].filter((one) => one !== undefined);
  const may = (part: Refusal['part'], of: readonly unknown[]): boolean =>
    of.length > 0 && refused.every((one) => one.part !== part);
  const verdicts = may('verdicts', judged) ? compareVerdicts(judged) : [];
  const rows: readonly MeasuredRow[] = [
    ...(may('overhead', loaded) ? overheadRows(benches) : []),
    ...(may('convergence', measured) ? convergenceRows(measured) : []),
  ];
  // Chance is corrected for over everything that is shown.
  const figures = compareFigures(rows, origin?.report.run.id);
  const others = named.filter((one) => one !== origin);
  return {
    apiVersion: COMPARISON_API_VERSION,
    kind: 'Comparison',
    runs: named.map(describeRun),
    ...(origin === undefined ? {} : { baseline: origin.label }),
    verdicts,
    portability: verdicts.length === 0 ? [] : judged.map(countPortability),
    overhead: figures.filter(({ name }) => name.startsWith('overhead')),
    convergence: figures.filter(({ name }) => name.startsWith('converge')),
    refused,
    notes: notesOnPairs(rows, origin?.report.run.id),
    ...(origin === undefined ? {} : findChanges(origin, others, { verdicts, rows, figures })),
  };
}

/** @throws HarnessError E_NOT_ALIKE where nothing at all could be compared */
export function refuseNothing({ verdicts, overhead, convergence, refused, runs }: Comparison): void {
  if (verdicts.length + overhead.length + convergence.length > 0) return;
  const [first] = refused;
  const what =
    first === undefined
      ? `there is nothing in ${runs.map(({ dir }) => dir).join(', ')} to compare`
      : `${first.part} were not made alike: ${first.field} is ${first.values.map(({ run, value }) => `${value} (${run})`).join(', ')}`;
  throw badInput(
    'E_NOT_ALIKE',
    what,
    'compare runs of one version and one profile, and measurements of one load on one machine',
  );
}

/** What a pipeline obeys: only what was compared, and is not worse, passes. */
export function gateOf(comparison: Comparison): { readonly code: ExitCode; readonly reason: string } {
  const { regressions = [], undecided = [], refused, verdicts, overhead, convergence } = comparison;
  if (regressions.length > 0) return { code: EXIT.violated, reason: `${regressions.length} worse than the baseline` };
  const open = [...refused.map(({ part, field }) => `${part} differ in ${field}`), ...undecided];
  if (open.length > 0) {
    const more = open.length > 1 ? `; and ${open.length - 1} more` : '';
    return { code: EXIT.inconclusive, reason: `not every part could be held against the baseline: ${open[0]}${more}` };
  }
  if (verdicts.length + overhead.length + convergence.length === 0)
    return { code: EXIT.inconclusive, reason: 'there is nothing that could be held against the baseline' };
  return { code: EXIT.conformant, reason: 'nothing is worse than the baseline' };
}
