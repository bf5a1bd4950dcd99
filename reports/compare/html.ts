/** A comparison as one page that needs nothing else, in the dress of the report. */
import { VERDICTS, type VerdictName } from '../../src/judge/verdict.js';
import { attribute, section, text, verdictBadge } from '../html/markup.js';
import { renderPage } from '../html/page.js';
import type { Table } from '../tables.js';
import type { Comparison } from './model.js';
import { composeSections, headlineOf } from './sections.js';

export function renderComparisonHtml(comparison: Comparison): string {
  const sections = composeSections(comparison).map(({ title, note, table }, index) =>
    section(`part-${index}`, title, `${note === undefined ? '' : `<p>${text(note)}</p>`}${renderTable(title, table)}`),
  );
  const notes = comparison.notes.map((note) => `<p>${text(note)}</p>`);
  return renderPage({
    title: 'Comparison',
    header: `<header>\n<p class="brand">meshgauge <span>comparison of runs</span></p>\n<h1>${text(`${comparison.runs.length} runs side by side`)}</h1>\n<p class="lead">${text(headlineOf(comparison))}</p>\n</header>`,
    main: [...sections, ...notes],
    footer: '',
  });
}

function renderTable(title: string, { head, rows }: Table): string {
  const heads = head.map((cell) => `<th scope="col">${text(cell)}</th>`).join('');
  const lines = rows.map(
    ([first = '', ...rest]) =>
      `<tr><th scope="row">${text(first)}</th>${rest.map((cell) => `<td>${renderCell(cell)}</td>`).join('')}</tr>`,
  );
  return `<div class="scroll" tabindex="0" role="group" aria-label="${attribute(title)}"><table class="data"><thead><tr>${heads}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`;
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
