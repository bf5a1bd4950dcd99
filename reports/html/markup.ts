/** Small pieces of HTML that several parts of the page share. Everything that is not markup goes through `text`. */
import type { VerdictName } from '../../src/judge/verdict.js';
import type { Table } from '../tables.js';
import { escapeXml, escapeXmlAttribute } from '../xml.js';

/** Escaped element content. */
export const text = escapeXml;
/** Escaped attribute value. */
export const attribute = escapeXmlAttribute;

/** A verdict is never told by colour alone. */
const GLYPHS: Readonly<Record<VerdictName, string>> = {
  pass: '✓',
  fail: '✕',
  recorded: '◆',
  error: '!',
  inconclusive: '?',
  unsupported: '–',
  excluded: '○',
};

export function verdictGlyph(verdict: VerdictName): string {
  return `<span class="glyph" aria-hidden="true">${GLYPHS[verdict]}</span>`;
}

export function verdictBadge(verdict: VerdictName): string {
  return `<span class="badge v-${verdict}">${verdictGlyph(verdict)}${verdict}</span>`;
}

/** A command to copy in one go. */
export function commandLine(command: string): string {
  return `<pre class="command" tabindex="0"><code>${text(command)}</code></pre>`;
}

/** Label and value pairs; values are HTML. */
export function definitions(pairs: readonly (readonly [string, string])[], className: string): string {
  const rows = pairs.map(([label, value]) => `<div><dt>${text(label)}</dt><dd>${value}</dd></div>`);
  return `<dl class="${className}">${rows.join('')}</dl>`;
}

/** A table of text that scrolls inside its own box on a narrow screen. */
export function dataTable(
  content: Table,
  options: {
    caption?: string;
    /** Said to who cannot see the table; its caption, when there is one. */
    label?: string;
    className?: string;
    /** Markup of every cell but the first of a row. */
    renderCell?: (cell: string) => string;
  } = {},
): string {
  const { caption: words, label = words ?? 'table', className = 'data', renderCell = text } = options;
  const head = content.head.map((cell) => `<th scope="col">${text(cell)}</th>`).join('');
  const rows = content.rows.map(([first = '', ...rest]) => {
    const cells = rest.map((cell) => `<td>${renderCell(cell)}</td>`).join('');
    return `<tr><th scope="row">${text(first)}</th>${cells}</tr>`;
  });
  const caption = words === undefined ? '' : `<caption>${text(words)}</caption>`;
  const table = `<table class="${className}">${caption}<thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
  return `<div class="scroll" tabindex="0" role="group" aria-label="${attribute(label)}">${table}</div>`;
}

export function section(id: string, title: string, content: string): string {
  return `<section aria-labelledby="${id}"><h2 id="${id}">${text(title)}</h2>\n${content}\n</section>`;
}
