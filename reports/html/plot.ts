/** Pictures, drawn by Observable Plot while the page is made: the page itself needs no script to show them, on screen or on paper. */
import { plot, type PlotOptions } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { printable } from '../xml.js';
import { attribute, text } from './markup.js';

/** Units of the drawing; the page scales it to the width that it has. */
export const WIDTH = 640;

/** Plot asks for a document only to make elements in. */
const { document } = parseHTML('<!doctype html><html><body></body></html>') as unknown as { readonly document: object };

/** As much of an SVG element as is needed here: types of browsers are not among those of this program. */
interface SvgElement {
  readonly outerHTML: string;
  removeAttribute(name: string): void;
  querySelector(selector: string): { remove(): void } | null;
  querySelectorAll(selector: string): Iterable<Pick<SvgElement, 'removeAttribute'>>;
}

/** What sets series apart, in the order of the series; names are of the page's style. */
export const SERIES = ['var(--s1)', 'var(--s2)', 'var(--s3)', 'var(--s4)', 'var(--s5)'] as const;

/** @param label what the picture shows, for who cannot see it */
export function drawPlot(label: string, options: PlotOptions): string {
  const svg = plot({ document, width: WIDTH, ...options }) as unknown as SvgElement;
  svg.querySelector('style')?.remove();
  // The look of the page decides; the words in a picture are for eyes, its label is for everybody else.
  for (const name of ['class', 'fill', 'font-size', 'font-family', 'width', 'height']) svg.removeAttribute(name);
  for (const part of svg.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
  const [, inner = ''] = /^<svg(.*)$/s.exec(roundNumbers(printable(svg.outerHTML))) ?? [];
  return `<svg class="chart" role="img" aria-label="${attribute(label)}"${inner}`;
}

/** A tenth of a unit is less than anybody sees. */
function roundNumbers(markup: string): string {
  return markup.replace(/(?<=[\s",(MLHVCZ-])\d+\.\d{2,}(?=[\s",)MLHVCZ])/g, (digits) =>
    String(Number(Number(digits).toFixed(1))),
  );
}

/** A picture with its title and its words, both text. */
export function figure(title: string, words: string, picture: string): string {
  return `<figure class="statistic">
<figcaption><strong>${text(title)}</strong> <small>${text(words)}</small></figcaption>
${picture}
</figure>`;
}
