/** What became worse since a baseline: in verdicts exactly, in figures only with the evidence of the test. */
import type { VerdictName } from '../../src/judge/verdict.js';
import { formatNumber } from '../words.js';
import type { MeasuredRow } from './figures.js';
import type { Change, FigureRow, VerdictRow } from './model.js';
import type { NamedSource } from './runs.js';

/** How good it is to see a verdict; what is as good as another is no change for the worse. */
const GOODNESS: Readonly<Record<VerdictName, number>> = {
  pass: 2,
  recorded: 2,
  unsupported: 1,
  inconclusive: 1,
  error: 1,
  fail: 0,
  excluded: 0,
};
/** They say nothing about the mesh, so nothing of it became worse. */
const UNDECIDED: readonly (VerdictName | undefined)[] = ['inconclusive', 'error'];

export interface Changes {
  readonly regressions: readonly Change[];
  readonly improvements: readonly Change[];
  readonly undecided: readonly string[];
}

interface Found {
  readonly regressions?: readonly Change[];
  readonly improvements?: readonly Change[];
  readonly undecided?: readonly string[];
}

export function findChanges(
  baseline: NamedSource,
  others: readonly NamedSource[],
  {
    verdicts,
    rows,
    figures,
  }: {
    readonly verdicts: readonly VerdictRow[];
    readonly rows: readonly MeasuredRow[];
    readonly figures: readonly FigureRow[];
  },
): Changes {
  const found: readonly Found[] = [
    ...verdicts.flatMap((row) => changesOfCase(baseline, others, row)),
    ...figures.flatMap(changesOfFigure),
    {
      undecided: [
        ...missingVerdicts(baseline, others, verdicts),
        ...rows.flatMap((row) => missingFigures(baseline, row)),
      ],
    },
  ];
  return {
    regressions: found.flatMap(({ regressions = [] }) => regressions),
    improvements: found.flatMap(({ improvements = [] }) => improvements),
    undecided: found.flatMap(({ undecided = [] }) => undecided),
  };
}

function changesOfCase(baseline: NamedSource, others: readonly NamedSource[], row: VerdictRow): readonly Found[] {
  const { id, title, cells } = row;
  const was = cells.find(({ run }) => run === baseline.label)?.verdict;
  if (was === undefined) return [];
  return cells
    .filter(({ run }) => run !== baseline.label)
    .map(({ run, verdict: is, reason = '' }): Found => {
      if (is === undefined) return { undecided: [`${id} was not run in ${run}`] };
      const better = GOODNESS[is] - GOODNESS[was];
      const change = { run, what: `${id} ${title}`, was, is: better < 0 ? `${is}: ${reason}` : is };
      if (better > 0) return { improvements: [change] };
      if (better === 0 || isBorne(others, run, id)) return {};
      return UNDECIDED.includes(is)
        ? { undecided: [`${id} is ${is} in ${run}: ${reason}`] }
        : { regressions: [change] };
    });
}

/** A deviation that was expected of this run, and that it was told to bear. */
function isBorne(others: readonly NamedSource[], label: string, id: string): boolean {
  const { deviations } = others.find((one) => one.label === label)?.report ?? {};
  return deviations?.accepted === true && deviations.listed.some((one) => one.case === id && one.state === 'seen');
}

/** Every pair is one with the baseline. */
function changesOfFigure({ name, figures, pairs }: FigureRow): readonly Found[] {
  const value = (of: string): string => {
    const ms = figures.find(({ run }) => run === of)?.ms;
    return ms === undefined ? 'never' : `${formatNumber(ms)} ms`;
  };
  return pairs.map(({ run, against, outcome, reason }): Found => {
    if (outcome === 'no difference shown') return {};
    if (outcome === 'too few values') return { undecided: [`${name} of ${run}: ${reason}`] };
    const change = { run, what: name, was: value(against), is: `${value(run)}: ${outcome}, ${reason}` };
    return outcome === 'slower' ? { regressions: [change] } : { improvements: [change] };
  });
}

/** A run that stopped before its first case regressed in none. */
function missingVerdicts(
  { report }: NamedSource,
  others: readonly NamedSource[],
  verdicts: readonly VerdictRow[],
): readonly string[] {
  if (report.cases.length === 0) return [];
  const judged = new Set(verdicts.flatMap(({ cells }) => cells.map(({ run }) => run)));
  const silent = others.filter(
    ({ label, report: { run } }) => run.profile === report.run.profile && !judged.has(label),
  );
  return silent.map(({ label, report: { exit } }) => `no verdict of ${label}: ${exit.reason}`);
}

function missingFigures({ report }: NamedSource, { name, measured }: MeasuredRow): readonly string[] {
  const has = measured.some(({ runId, values }) => runId === report.run.id && values.length > 0);
  if (!has) return [];
  return measured
    .filter(({ runId, values }) => runId !== report.run.id && values.length === 0)
    .map(({ run, note = 'not measured' }) => `${name} of ${run}: ${note}`);
}
