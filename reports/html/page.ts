/** report.html: what it says, part by part. */
import { VERDICTS } from '../../src/judge/verdict.js';
import type { EvidenceDigest } from '../evidence/digest.js';
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
import { renderPage } from './shell.js';

export function renderHtml(report: Report, evidence: ReadonlyMap<string, EvidenceDigest>): string {
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

function renderCases(report: Report, evidence: ReadonlyMap<string, EvidenceDigest>): string {
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

function renderArea(report: Report, area: Area, evidence: ReadonlyMap<string, EvidenceDigest>): string {
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
