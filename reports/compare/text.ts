/** A comparison on a terminal: tables where they fit, else a block a row. */
import { alignTable } from '../scale.js';
import { countOf, shorten } from '../words.js';
import type { Table } from '../tables.js';
import type { Comparison } from './model.js';
import { composeSections, headlineOf, type Section } from './sections.js';

const LEAST_TITLE = 20;

/** What all runs agree on is counted, not listed: it is in the other formats. */
const SHARED = 'Verdicts that all share';

export function renderComparisonText(comparison: Comparison, width: number): string {
  const blocks = composeSections(comparison).map((section) => {
    if (section.title !== SHARED) return renderSection(section, width);
    return `${section.title.toUpperCase()}\n  ${countOf(section.table.rows.length, 'case')}`;
  });
  return `${[headlineOf(comparison), ...blocks, ...comparison.notes].join('\n\n')}\n`;
}

function renderSection({ title, note, table }: Section, width: number): string {
  const room = width - 2;
  const lines =
    alignTable(table, room) ??
    alignTable(shortenTitles(table, room), room) ??
    table.rows.flatMap((row) => block(table.head, row));
  return [title.toUpperCase(), ...(note === undefined ? [] : [`  ${note}`]), ...lines.map((line) => `  ${line}`)].join(
    '\n',
  );
}

/** Titles are there to be recognised: they give way first. */
function shortenTitles(table: Table, width: number): Table {
  const column = table.head.indexOf('Title');
  if (column < 0) return table;
  const widest = (index: number): number =>
    Math.max(...[table.head, ...table.rows].map((row) => row[index]?.length ?? 0));
  const others = table.head.reduce((sum, _, index) => sum + 2 + (index === column ? 0 : widest(index)), 0);
  const room = Math.max(LEAST_TITLE, width - others);
  return {
    ...table,
    rows: table.rows.map((row) => row.map((cell, index) => (index === column ? shorten(cell, room) : cell))),
  };
}

function block(head: readonly string[], [first = '', ...rest]: readonly string[]): readonly string[] {
  return [first, ...rest.flatMap((cell, index) => (cell === '' ? [] : [`  ${head[index + 1] ?? ''}: ${cell}`]))];
}
