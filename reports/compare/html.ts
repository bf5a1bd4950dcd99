/** A comparison as one page that needs nothing else, in the dress of the report. */
import { VERDICTS, type VerdictName } from '../../src/judge/verdict.js';
import { dataTable, section, text, verdictBadge } from '../html/markup.js';
import { renderPage } from '../html/shell.js';
import type { Comparison } from './model.js';
import { composeSections, headlineOf } from './sections.js';

export function renderComparisonHtml(comparison: Comparison): string {
  const sections = composeSections(comparison).map(({ title, note, table }, index) =>
    section(
      `part-${index}`,
      title,
      `${note === undefined ? '' : `<p>${text(note)}</p>`}${dataTable(table, { label: title, renderCell })}`,
    ),
  );
  const notes = comparison.notes.map((note) => `<p>${text(note)}</p>`);
  return renderPage({
    title: 'Comparison',
    header: `<header>\n<p class="brand">meshgauge <span>comparison of runs</span></p>\n<h1>${text(`${comparison.runs.length} runs side by side`)}</h1>\n<p class="lead">${text(headlineOf(comparison))}</p>\n</header>`,
    main: [...sections, ...notes],
    footer: '',
  });
}

/** A verdict looks as it does in the report, with what was said of it behind. */
function renderCell(cell: string): string {
  const [word = '', ...rest] = cell.split(': ');
  if (!isVerdict(word)) return text(cell);
  return rest.length === 0 ? verdictBadge(word) : `${verdictBadge(word)} ${text(rest.join(': '))}`;
}

function isVerdict(word: string): word is VerdictName {
  return VERDICTS.some((verdict) => verdict === word);
}
