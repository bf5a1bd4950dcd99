/** The evidence of one case as a person reads it: what both ends saw per cell, then what happened when. */
import type { EvidenceDigest } from '../evidence/digest.js';
import { describeCounts } from '../evidence/traffic.js';
import type { ReportCase } from '../model.js';
import { dataTable, text } from './markup.js';
import { renderTopology } from './topology.js';

const TIMELINE_LIMIT = 60;

export function renderEvidence(one: ReportCase, evidence: EvidenceDigest | undefined): string {
  const file =
    one.evidence === undefined
      ? '<p class="note">No evidence was taken.</p>'
      : `<p class="note">Full record: <code>${text(one.evidence.file)}</code> <span class="hash">sha256 ${text(one.evidence.sha256)}</span></p>`;
  if (evidence === undefined) return `<h4>Evidence</h4>${file}`;
  return `<h4>Evidence from both ends</h4>${renderTraffic(evidence)}${renderTopology(evidence.flows)}${renderTimeline(evidence)}${file}`;
}

function renderTraffic({ cells }: EvidenceDigest): string {
  if (cells.length === 0) return '';
  const rows = cells.map((cell) => [
    cell.cell,
    cell.phase,
    String(cell.sent),
    String(cell.ok),
    describeCounts(cell.failures) || '–',
    String(cell.reached),
    describeCounts(cell.pods) || '–',
  ]);
  const head = ['Cell', 'Phase', 'Sent', 'Client: ok', 'Client: failed', 'Reached a server', 'Server: logged by'];
  return dataTable({ head, rows }, { caption: 'What both ends saw', className: 'data traffic' });
}

function renderTimeline({ timeline }: EvidenceDigest): string {
  const entries = timeline.slice(0, TIMELINE_LIMIT);
  const left = timeline.length - entries.length;
  if (entries.length === 0) return '';
  const rows = entries.map(
    (entry) =>
      `<tr class="tone-${entry.tone}"><td class="time">+${entry.atMs.toFixed(1)}</td><td><span class="lane lane-${entry.lane}">${entry.lane}</span></td><td class="phase">${text(entry.phase)}</td><td>${text(entry.text)}</td></tr>`,
  );
  const more = left === 0 ? '' : `<p class="note">… and ${left} more in the full record.</p>`;
  return `<div class="scroll" tabindex="0" role="group" aria-label="Timeline"><table class="timeline"><caption>Timeline, milliseconds since the first line</caption><thead><tr><th scope="col">ms</th><th scope="col">End</th><th scope="col">Phase</th><th scope="col">What happened</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>${more}`;
}
