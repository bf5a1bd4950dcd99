/** A comparison as titled tables, in the order to be read: what every renderer of it shows. */
import { describeTime } from '../convergence.js';
import type { Table } from '../tables.js';
import { formatNumber } from '../words.js';
import type { Change, Comparison, Figure, FigureRow, Pair, Portability, VerdictCell, VerdictRow } from './model.js';

export interface Section {
  readonly title: string;
  /** Words before the table. */
  readonly note?: string;
  readonly table: Table;
}

/** Sections with nothing in them are left out. */
export function composeSections(comparison: Comparison): readonly Section[] {
  const { runs, verdicts, overhead, convergence, portability, refused, baseline } = comparison;
  const differing = verdicts.filter((row) => row.differs && row.class !== 'A');
  const alike = verdicts.filter((row) => !row.differs && row.class !== 'A');
  const ambiguous = verdicts.filter((row) => row.class === 'A');
  const judged = verdicts[0]?.cells.map(({ run }) => run) ?? [];
  const figures = [...overhead, ...convergence];
  const sections: readonly Section[] = [
    ...changesSections(comparison),
    {
      title: 'Not compared',
      note: 'These were not made alike, and the first field that differs is named.',
      table: {
        head: ['Part', 'Field', 'Run', 'Value'],
        rows: refused.flatMap(({ part, field, values }) => values.map(({ run, value }) => [part, field, run, value])),
      },
    },
    { title: 'Verdicts that differ', table: verdictTable(judged, differing) },
    {
      title: 'Where the text is ambiguous: the reading that each takes',
      table: verdictTable(judged, ambiguous),
    },
    { title: 'Overhead: a proxy at either end, more than none', table: figureTable(overhead) },
    { title: 'Until every proxy has a change', table: figureTable(convergence) },
    {
      title: 'Which differences are more than chance',
      note: `Exact Mann–Whitney tests over repetitions, Holm's correction over all ${countPairs(figures)} of them; below the noise floor nobody wins.`,
      table: pairTable(figures),
    },
    {
      title: 'Portability',
      note: 'How much of what the cases ask for a mesh could be told: in plain SMI, translated exactly, with losses, or not at all.',
      table: portabilityTable(portability),
    },
    { title: 'Verdicts that all share', table: verdictTable(judged, alike) },
    {
      title: 'Runs',
      table: {
        head: ['Run', 'Outcome', 'What', 'Environment', 'Started', 'Harness', 'Id', 'Folder'],
        rows: runs.map((run) => [
          run.label === baseline ? `${run.label} (baseline)` : run.label,
          run.outcome,
          run.profile,
          run.environment,
          run.startedAt.slice(0, 16).replace('T', ' '),
          run.harness,
          run.id,
          run.dir,
        ]),
      },
    },
  ];
  return sections.filter(({ table }) => table.rows.length > 0);
}

/** One line for the top. */
export function headlineOf({ verdicts, runs, regressions, refused, baseline }: Comparison): string {
  const differing = verdicts.filter(({ differs }) => differs).length;
  const parts = [
    `${runs.length} runs`,
    ...(verdicts.length === 0 ? [] : [`${differing} of ${verdicts.length} cases differ`]),
    ...(refused.length === 0
      ? []
      : [`not compared: ${refused.map(({ part, field }) => `${part} (${field})`).join(', ')}`]),
    ...(regressions === undefined ? [] : [`${regressions.length} worse than ${baseline}`]),
  ];
  return parts.join(' · ');
}

function changesSections({
  regressions = [],
  improvements = [],
  undecided = [],
  baseline = '',
}: Comparison): readonly Section[] {
  const table = (changes: readonly Change[]): Table => ({
    head: ['Run', 'What', 'Was', 'Is'],
    rows: changes.map(({ run, what, was, is }) => [run, what, was, is]),
  });
  return [
    { title: `Worse than ${baseline}`, table: table(regressions) },
    { title: `Not to be told beside ${baseline}`, table: { head: ['What'], rows: undecided.map((what) => [what]) } },
    { title: `Better than ${baseline}`, table: table(improvements) },
  ];
}

function verdictTable(runs: readonly string[], rows: readonly VerdictRow[]): Table {
  return {
    head: ['Case', 'Title', ...runs],
    rows: rows.map(({ id, title, cells }) => [id, title, ...cells.map(describeCell)]),
  };
}

function describeCell({ verdict: seen, variant }: VerdictCell): string {
  const verdict = seen ?? 'not run';
  return variant === undefined ? verdict : `${verdict}: ${variant}`;
}

function figureTable(rows: readonly FigureRow[]): Table {
  const runs = rows[0]?.figures.map(({ run }) => run) ?? [];
  return {
    head: ['Figure', ...runs],
    rows: rows.map(({ name, figures }) => [shortNameOf(name), ...figures.map(describeFigure)]),
  };
}

/** Of a figure in a table of its own kind: `p99` of `overhead p99`. */
export const shortNameOf = (name: string): string => name.replace(/^\w+ /, '');

/** A median with its interval, floor and n, in one line. */
export function describeFigure({ ms, lowMs, highMs, floorMs, n, note }: Figure): string {
  const said = note === undefined ? [] : [note];
  if (ms === undefined) return [...(n === 0 ? [] : [`n ${n}`]), ...said].join('; ') || 'not measured';
  const end = highMs === undefined ? 'never' : describeTime(highMs);
  const range = lowMs === undefined ? [] : [`${describeTime(lowMs)} … ${end}`];
  const floor = floorMs === undefined ? [] : [`floor ±${describeTime(floorMs)}`];
  return [`${describeTime(ms)} (${[...range, ...floor, `n ${n}`].join('; ')})`, ...said].join('; ');
}

const countPairs = (rows: readonly FigureRow[]): number => rows.reduce((sum, { pairs }) => sum + pairs.length, 0);

function pairTable(rows: readonly FigureRow[]): Table {
  return {
    head: ['Figure', 'Run', 'Against', 'Difference', 'Outcome', 'Why'],
    rows: rows.flatMap(({ name, pairs }) =>
      pairs.map((pair) => [name, pair.run, pair.against, describeShift(pair), pair.outcome, pair.reason]),
    ),
  };
}

function describeShift({ shiftMs, lowMs, highMs }: Pair): string {
  if (shiftMs === undefined || lowMs === undefined || highMs === undefined) return 'some never got there';
  return `${describeTime(shiftMs)} (${describeTime(lowMs)} … ${describeTime(highMs)})`;
}

function portabilityTable(portability: readonly Portability[]): Table {
  const share = (count: number, cases: number): string =>
    cases === 0 ? '–' : `${count} (${formatNumber(Number(((100 * count) / cases).toFixed(1)))} %)`;
  return {
    head: ['Run', 'Cases', 'Plain SMI', 'Exactly translated', 'With losses', 'Impossible'],
    rows: portability.map(({ run, cases, native, exact, lossy, unsupported }) => [
      run,
      String(cases),
      ...[native, exact, lossy, unsupported].map((count) => share(count, cases)),
    ]),
  };
}
