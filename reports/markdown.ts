/** One page for a pull request or a job summary: verdict, matrix, what went wrong, which readings the mesh takes. */
import { VERDICTS } from '../src/judge/verdict.js';
import type { Report } from './model.js';
import { growthTable, SCALE_NOTE, scaleTable } from './scale.js';
import {
  findTroubles,
  groupByArea,
  outcomeWord,
  rerunCommand,
  runFacts,
  verdictSentence,
  type Trouble,
} from './words.js';
import { benchTables, overheadTable } from './overhead.js';
import { convergenceDetails, convergenceTable } from './convergence.js';
import { deviationTable, type Table } from './tables.js';

export function renderMarkdown(report: Report): string {
  const sections = [
    `# ${outcomeWord(report)}: ${escapeMarkdown(`${report.mesh.name} ${report.mesh.version}`)}`,
    `**${escapeMarkdown(verdictSentence(report))}** ${escapeMarkdown(report.exit.reason)}`,
    ...setUpError(report),
    ...matrix(report),
    ...troubles(report),
    ...measured('Deviations from the specification', deviationTable(report)),
    ...variants(report),
    ...measured('Overhead', overheadTable(report)),
    ...benchTables(report).flatMap(({ title, table: content }) => measured(title, content)),
    ...measured('Convergence', convergenceTable(report)),
    ...measured('Convergence: what stands behind it', convergenceDetails(report)),
    ...measured('Many proxies', scaleTable(report)),
    ...(report.scale === undefined ? [] : [SCALE_NOTE]),
    ...measured('Growth with the number of proxies', growthTable(report)),
    `## Run\n\n${renderMarkdownTable(['Fact', 'Value'], runFacts(report))}`,
    fence(report.run.command),
  ];
  return `${sections.join('\n\n')}\n`;
}

function setUpError(report: Report): readonly string[] {
  const { error } = report.run;
  if (!error) return [];
  return [
    `## The run stopped\n\n- **What:** ${escapeMarkdown(`${error.code}: ${error.message}`)}\n- **How to fix:** ${escapeMarkdown(error.hint)}`,
  ];
}

function matrix(report: Report): readonly string[] {
  if (report.cases.length === 0) return [];
  const row = (title: string, counts: Report['summary']): string[] => [
    title,
    ...VERDICTS.map((verdict) => String(counts[verdict] || '·')),
  ];
  const rows = [...groupByArea(report.cases).map((area) => row(area.title, area.counts)), row('All', report.summary)];
  return [`## Verdicts\n\n${renderMarkdownTable(['Area', ...VERDICTS], rows)}`];
}

function troubles(report: Report): readonly string[] {
  const found = findTroubles(report);
  if (found.length === 0) return [];
  return [`## What to look at`, ...found.map((trouble) => describeTrouble(report, trouble))];
}

function describeTrouble(report: Report, { verdict, first, cases }: Trouble): string {
  const alone = cases.length === 1;
  const title = alone ? `${first.id} ${first.title}` : `${cases.length} cases for one reason`;
  return [
    `### ${verdict}: ${escapeMarkdown(title)}`,
    '',
    ...(alone ? [`- **Expected:** ${escapeMarkdown(first.expectation)}`] : []),
    `- **Seen:** ${escapeMarkdown(first.reason)}`,
    ...(alone ? [`- **Spec:** ${escapeMarkdown(`${first.spec.ref} "${first.spec.phrase}"`)}`] : []),
    ...(alone ? [] : [`- **Cases:** ${cases.map((one) => one.id).join(', ')}`]),
    `- **Evidence:** ${first.evidence === undefined ? 'none was taken' : `\`${first.evidence.file}\``}`,
    '',
    fence(rerunCommand(report, first.id)),
  ].join('\n');
}

function variants(report: Report): readonly string[] {
  const recorded = report.cases.filter((one) => one.variant !== undefined);
  if (recorded.length === 0) return [];
  const rows = recorded.map((one) => [one.id, one.title, one.variant ?? '']);
  return [`## Where the text is ambiguous\n\n${renderMarkdownTable(['Case', 'Question', 'This mesh'], rows)}`];
}

function measured(title: string, content: Table | undefined): readonly string[] {
  return content === undefined ? [] : [`## ${title}\n\n${renderMarkdownTable(content.head, content.rows)}`];
}

/** A Markdown table; cells are escaped. */
export function renderMarkdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- ').join('|')}|`, ...rows.map(line)].join('\n');
}

/** A fence longer than any run of backticks inside it. */
function fence(text: string): string {
  const runs = text.match(/`+/g) ?? [];
  const marks = '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  return `${marks}sh\n${text}\n${marks}`;
}

/** Text on one line that Markdown and its HTML leave alone. */
export function escapeMarkdown(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|~]/g, '\\$&');
}
