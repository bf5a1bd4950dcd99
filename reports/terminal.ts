/** The summary at the end of a run: what a person has to know in ten seconds. */
import { posix } from 'node:path';
import type { Colors } from 'picocolors/types.js';
import { VERDICTS, type VerdictName } from '../src/judge/verdict.js';
import type { Report } from './model.js';
import { alignTable, growthTable, shortScaleTable } from './scale.js';
import { benchTables, overheadTable } from './overhead.js';
import { convergenceDetails, convergenceTable } from './convergence.js';
import type { Table } from './tables.js';
import {
  countOf,
  countsPhrase,
  formatDuration,
  findTroubles,
  groupByArea,
  outcomeWord,
  rerunCommand,
  verdictSentence,
  type Trouble,
} from './words.js';

export interface TerminalOptions {
  /** Columns available. */
  readonly width: number;
  /** From picocolors, so that NO_COLOR and pipes are respected by whoever knows the stream. */
  readonly colors: Colors;
  /** The folder of the report, put before evidence paths. */
  readonly outDir?: string;
}

const LABEL_COLUMNS = 10;
/** Below this nothing wraps well; the terminal may break the lines itself. */
const MIN_WIDTH = 40;

export function renderTerminal(report: Report, options: TerminalOptions): string {
  const blocks = [
    headline(report, options),
    ...setUpError(report, options),
    ...matrix(report, options),
    ...findTroubles(report).map((trouble) => describeTrouble(report, trouble, options)),
    ...deviations(report, options),
    ...aligned('overhead', overheadTable(report), options),
    ...benchTables(report).flatMap(({ title, table }) => measured(title.toLowerCase(), table, options)),
    ...measured('convergence', convergenceTable(report), options),
    ...detailed('convergence: what stands behind it', convergenceDetails(report), options),
    ...scaleBlocks(report, options),
    footer(report, options),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function headline(report: Report, options: TerminalOptions): string {
  const { colors } = options;
  const tones: Readonly<Record<number, (text: string) => string>> = {
    0: colors.green,
    2: colors.yellow,
    130: colors.yellow,
  };
  const tone = tones[report.exit.code] ?? colors.red;
  const sentence = wrap(plain(verdictSentence(report)), options, 0).map((line) => colors.bold(line));
  return [
    colors.bold(tone(outcomeWord(report).toUpperCase())),
    ...sentence,
    ...wrap(plain(report.exit.reason), options, 0),
  ].join('\n');
}

function setUpError(report: Report, options: TerminalOptions): readonly string[] {
  const { error } = report.run;
  if (!error) return [];
  return [
    [
      options.colors.red(plain(error.code)),
      ...labelled('what', error.message, options),
      ...labelled('how to fix', error.hint, options),
    ].join('\n'),
  ];
}

/** A table where it fits, else one phrase per area. */
function matrix(report: Report, options: TerminalOptions): readonly string[] {
  if (report.cases.length === 0) return [];
  const { colors } = options;
  const shown = VERDICTS.filter((verdict) => report.summary[verdict] > 0);
  const areas = groupByArea(report.cases).map((area) => ({ title: plain(area.title), counts: area.counts }));
  const rows = areas.length > 1 ? [...areas, { title: 'All', counts: report.summary }] : areas;
  const titleColumns = Math.max(...rows.map((row) => row.title.length));
  const columns = 2 + titleColumns + shown.reduce((sum, verdict) => sum + 2 + verdict.length, 0);
  if (columns > options.width) {
    const phrases = rows.flatMap(({ title, counts }) =>
      wrap(countsPhrase(counts), options, titleColumns + 4).map(
        (line, index) => `  ${(index === 0 ? title : '').padEnd(titleColumns)}  ${line}`,
      ),
    );
    return [phrases.join('\n')];
  }
  const head = shown.map((verdict) => `  ${toneOf(verdict, colors)(verdict)}`).join('');
  const lines = rows.map(({ title, counts }) => {
    const cells = shown.map((verdict) => {
      const cell = (counts[verdict] === 0 ? '·' : String(counts[verdict])).padStart(verdict.length);
      return `  ${counts[verdict] === 0 ? colors.dim(cell) : toneOf(verdict, colors)(cell)}`;
    });
    return `  ${title.padEnd(titleColumns)}${cells.join('')}`;
  });
  return [[`  ${' '.repeat(titleColumns)}${head}`, ...lines].join('\n')];
}

function describeTrouble(report: Report, { verdict, first, cases }: Trouble, options: TerminalOptions): string {
  const alone = cases.length === 1;
  const subject = alone ? plain(first.id) : countOf(cases.length, 'case');
  return [
    ...titleLines(verdict, subject, alone ? plain(first.title) : '', options),
    ...(verdict === 'fail' ? labelled('expected', first.expectation, options) : []),
    ...labelled('seen', first.reason, options),
    ...(verdict === 'fail' ? labelled('spec', `${first.spec.ref} "${first.spec.phrase}"`, options) : []),
    ...(alone ? [] : labelled('cases', cases.map((one) => one.id).join(', '), options)),
    ...(first.evidence === undefined ? [] : verbatim('evidence', locate(first.evidence.file, options), options)),
    ...verbatim('rerun', rerunCommand(report, first.id), options),
  ].join('\n');
}

function titleLines(verdict: VerdictName, subject: string, title: string, options: TerminalOptions): readonly string[] {
  const { colors } = options;
  const label = verdict.toUpperCase();
  const [first = '', ...rest] = wrap(`${label} ${subject} ${title}`.trimEnd(), options, 0);
  const remainder = first.slice(label.length + 1 + subject.length);
  return [`${toneOf(verdict, colors)(label)} ${colors.bold(subject)}${remainder}`, ...rest];
}

/** What is listed is in the report; what differs from the list is told here. */
function deviations(report: Report, options: TerminalOptions): readonly string[] {
  if (report.deviations === undefined) return [];
  const { listed, unlisted } = report.deviations;
  const of = (state: (typeof listed)[number]['state']): string =>
    listed
      .filter((one) => one.state === state)
      .map((one) => one.case)
      .join(', ');
  const lines = (
    [
      ['as listed', of('seen')],
      ['otherwise', of('changed')],
      ['no more', of('gone')],
      ['not listed', unlisted.join(', ')],
    ] as const
  ).filter(([, ids]) => ids !== '');
  if (lines.length === 0) return [];
  const title = options.colors.dim('deviations from the specification, beside the list of known ones');
  return [[title, ...lines.flatMap(([label, ids]) => labelled(label, ids, options))].join('\n')];
}

function measured(title: string, table: Table | undefined, options: TerminalOptions): readonly string[] {
  if (table === undefined) return [];
  const rows = table.rows.flatMap((row) => {
    const [subject = '', ...cells] = row.map(plain);
    const facts = cells.map((cell, index) => `${(table.head[index + 1] ?? '').toLowerCase()} ${cell}`).join(', ');
    return [`  ${options.colors.bold(subject)}`, ...wrap(facts, options, 4).map((line) => `    ${line}`)];
  });
  return [[options.colors.dim(title), ...rows].join('\n')];
}

/** Subject, what is said of it, and the words: each subject once. */
function detailed(title: string, table: Table | undefined, options: TerminalOptions): readonly string[] {
  if (table === undefined) return [];
  const lines = table.rows.flatMap(([subject = '', what = '', words = ''], index) => {
    const isNew = table.rows[index - 1]?.[0] !== subject;
    const said = wrap(plain(`${what}: ${words}`), options, 6).map(
      (line, row) => `${row === 0 ? '    ' : '      '}${line}`,
    );
    return isNew ? [`  ${options.colors.bold(plain(subject))}`, ...said] : said;
  });
  return [[options.colors.dim(title), ...lines].join('\n')];
}

/** Side by side where it fits: here it is the columns that are compared. */
function aligned(title: string, table: Table | undefined, options: TerminalOptions): readonly string[] {
  const lines =
    table && alignTable({ head: table.head, rows: table.rows.map((row) => row.map(plain)) }, options.width - 2);
  if (lines === undefined) return measured(title, table, options);
  const [head = '', ...rows] = lines.map((line) => `  ${line}`);
  return [[options.colors.dim(title), options.colors.bold(head), ...rows].join('\n')];
}

function scaleBlocks(report: Report, options: TerminalOptions): readonly string[] {
  return [
    ...aligned('many proxies', shortScaleTable(report), options),
    ...aligned('growth', growthTable(report), options),
  ];
}

function footer(report: Report, options: TerminalOptions): string {
  const where = options.outDir === undefined ? [] : [`report in ${plain(options.outDir)}`];
  const facts = [
    ...(report.bench === undefined ? [countOf(report.cases.length, 'case')] : []),
    formatDuration(report.run.durationMs),
    `seed ${report.run.seed}`,
    ...where,
  ];
  return options.colors.dim(facts.join(' · '));
}

function labelled(label: string, text: string, options: TerminalOptions): readonly string[] {
  const indent = LABEL_COLUMNS + 4;
  return wrap(plain(text), options, indent).map(
    (line, index) => `  ${options.colors.dim((index === 0 ? label : '').padEnd(LABEL_COLUMNS))}  ${line}`,
  );
}

/** Never broken, so that it can be copied in one piece. */
function verbatim(label: string, text: string, options: TerminalOptions): readonly string[] {
  return [`  ${options.colors.dim(label.padEnd(LABEL_COLUMNS))}  ${options.colors.cyan(plain(text))}`];
}

function locate(file: string, { outDir }: TerminalOptions): string {
  return outDir === undefined ? file : posix.join(outDir, file);
}

function toneOf(verdict: VerdictName, colors: Colors): (text: string) => string {
  const tones: Readonly<Record<VerdictName, (text: string) => string>> = {
    pass: colors.green,
    fail: colors.red,
    recorded: colors.cyan,
    error: colors.magenta,
    inconclusive: colors.yellow,
    unsupported: colors.dim,
    excluded: colors.dim,
  };
  return tones[verdict];
}

/** One line, without the control characters by which a message could drive the terminal. */
function plain(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, '\u{FFFD}')
    .trim();
}

function wrap(text: string, { width }: TerminalOptions, indent: number): readonly string[] {
  const room = Math.max(width, MIN_WIDTH) - indent;
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
