/** One page that needs nothing else, and whose own policy forbids it to load anything. */
import { createHash } from 'node:crypto';
import { text } from './markup.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';

/** Title as text, everything else as markup. */
interface PageParts {
  readonly title: string;
  readonly header: string;
  readonly main: readonly string[];
  readonly footer: string;
  /** Beside the look of a report. */
  readonly style?: string;
  /** In place of the script of a report. */
  readonly script?: string;
}

export function renderPage({ title, header, main, footer, style = '', script = SCRIPT }: PageParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src '${hashOf(script)}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${text(title)}</title>
<style>
${STYLE}${style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
${header}
<main id="main">
${main.join('\n')}
</main>
${footer}
<script>${script}</script>
</body>
</html>
`;
}

/** Only the script of this page may run: injected markup stays text, and would stay dead if it did not. */
function hashOf(script: string): string {
  return `sha256-${createHash('sha256').update(script).digest('base64')}`;
}
