/** report.html: one file that needs nothing else, and whose own policy forbids it to load anything. */
import { createHash } from 'node:crypto';
import type { Evidence } from '../../src/evidence/records.js';
import { VERDICTS } from '../../src/judge/verdict.js';
import type { Report } from '../model.js';
import { countsPhrase, formatDuration, groupByArea, outcomeWord, type Area } from '../words.js';
import { renderCase } from './case.js';
import { attribute, commandLine, definitions, section, text, verdictGlyph } from './markup.js';
import {
  renderDeviations,
  renderFeatures,
  renderHeader,
  renderMatrix,
  renderMeasurements,
  renderSetUpError,
  renderTroubles,
  renderVariants,
} from './overview.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';

export function renderHtml(report: Report, evidence: ReadonlyMap<string, Evidence>): string {
  const title = `${outcomeWord(report)}: ${report.mesh.name} ${report.mesh.version}`;
  const main = [
    renderSetUpError(report),
    renderMatrix(report),
    renderTroubles(report),
    renderDeviations(report),
    renderVariants(report),
    renderMeasurements(report),
    renderFeatures(report),
    renderCases(report, evidence),
  ].filter((part) => part !== '');
  return renderPage({ title, header: renderHeader(report), main, footer: renderFooter(report) });
}

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

function renderCases(report: Report, evidence: ReadonlyMap<string, Evidence>): string {
  if (report.cases.length === 0) return '';
  const buttons = VERDICTS.filter((verdict) => report.summary[verdict] > 0).map(
    (verdict) =>
      `<button type="button" class="v-${verdict}" data-show="${verdict}" aria-pressed="false">${verdictGlyph(verdict)}${verdict} <b>${report.summary[verdict]}</b></button>`,
  );
  const controls = `<div id="controls" class="controls" hidden>
<label for="filter">Filter cases</label>
<input id="filter" type="search" placeholder="id, word, spec phrase …" autocomplete="off" spellcheck="false">
<div class="buttons" role="group" aria-label="Show only these verdicts">${buttons.join('')}</div>
<button type="button" id="fold" aria-expanded="false">Open all</button>
<p id="shown" role="status"></p>
</div>`;
  const areas = groupByArea(report.cases).map((area) => renderArea(report, area, evidence));
  return section('cases', 'Every case', `${controls}\n${areas.join('\n')}`);
}

function renderArea(report: Report, area: Area, evidence: ReadonlyMap<string, Evidence>): string {
  const cases = area.cases.map((one) => renderCase(report, one, evidence.get(one.id)));
  return `<div class="area" id="area-${attribute(area.name)}"><h3>${text(area.title)} <small>${text(countsPhrase(area.counts))}</small></h3>\n${cases.join('\n')}\n</div>`;
}

function renderFooter(report: Report): string {
  const timings = Object.entries(report.timings).map(
    ([phase, durationMs]) => [phase, formatDuration(durationMs)] as const,
  );
  const parts = timings.length === 0 ? '' : `<h2>Where the time went</h2>${definitions(timings, 'facts')}`;
  return `<footer><h2>Command</h2>${commandLine(report.run.command)}${parts}</footer>`;
}
