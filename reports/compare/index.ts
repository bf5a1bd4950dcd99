/** The formats of a comparison. Renderers are pure. */
import { badInput } from '../../src/errors/harness-error.js';
import { renderComparisonHtml } from './html.js';
import { renderComparisonMarkdown } from './markdown.js';
import type { Comparison } from './model.js';
import { renderComparisonText } from './text.js';

export { compareRuns, gateOf, refuseNothing } from './compare.js';
export type { Comparison, Source } from './model.js';

const FORMATS: Readonly<Record<string, (comparison: Comparison, width: number) => string>> = {
  text: renderComparisonText,
  md: renderComparisonMarkdown,
  html: renderComparisonHtml,
  json: (comparison) => `${JSON.stringify(comparison, null, 2)}\n`,
};

/** @param width columns of the terminal, for text */
export function renderComparison(format: string, comparison: Comparison, width: number): string {
  const render = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (render === undefined)
    throw badInput(
      'E_REPORT_FORMAT',
      `a comparison cannot be rendered as "${format}"`,
      `known formats: ${Object.keys(FORMATS).join(', ')}`,
    );
  return render(comparison, width);
}
