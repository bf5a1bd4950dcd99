/** A comparison for a pull request. */
import { escapeMarkdown, renderMarkdownTable } from '../markdown.js';
import type { Comparison } from './model.js';
import { composeSections, headlineOf } from './sections.js';

export function renderComparisonMarkdown(comparison: Comparison): string {
  const sections = composeSections(comparison).map(({ title, note, table }) =>
    [
      `## ${escapeMarkdown(title)}`,
      ...(note === undefined ? [] : [escapeMarkdown(note)]),
      renderMarkdownTable(table.head, table.rows),
    ].join('\n\n'),
  );
  const notes = comparison.notes.map(escapeMarkdown);
  return `${['# Comparison', `**${escapeMarkdown(headlineOf(comparison))}**`, ...sections, ...notes].join('\n\n')}\n`;
}
