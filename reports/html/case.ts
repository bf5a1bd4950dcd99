/** One case as a foldable block: what had to be seen, what was seen, and everything that proves it. */
import type { EvidenceDigest } from '../evidence/digest.js';
import type { Report, ReportCase } from '../model.js';
import { CLASS_MEANING, formatDuration, rerunCommand } from '../words.js';
import { renderStatistic } from './chart.js';
import { renderEvidence } from './evidence.js';
import { attribute, commandLine, definitions, text, verdictBadge } from './markup.js';

export function renderCase(report: Report, one: ReportCase, evidence: EvidenceDigest | undefined): string {
  return `<details class="case" id="case-${attribute(one.id)}" data-verdict="${one.verdict}">
<summary>${verdictBadge(one.verdict)}<span class="id">${text(one.id)}</span><span class="title">${text(one.title)}</span><span class="took">${formatDuration(one.durationMs)}</span></summary>
<div class="body">
${definitions(facts(one), 'words')}
${renderStatistics(one)}
${renderEvidence(one, evidence)}
<h4>Run just this case</h4>
${commandLine(rerunCommand(report, one.id))}
</div>
</details>`;
}

function facts(one: ReportCase): readonly (readonly [string, string])[] {
  const { convergence } = one;
  const catches = (one.catches ?? []).map((fault) => `<code>${text(fault)}</code>`).join(' ');
  return [
    ['Expected', text(one.expectation)],
    ['Seen', text(one.reason)],
    ...(one.variant === undefined ? [] : [['Reading taken', `<strong>${text(one.variant)}</strong>`] as const]),
    ['Specification', `${text(one.spec.ref)}${one.spec.phrase === '' ? '' : ` <q>${text(one.spec.phrase)}</q>`}`],
    ['Class', `${one.class} – ${text(CLASS_MEANING[one.class])}`],
    ...(one.fidelity === undefined ? [] : [['Fidelity', one.fidelity] as const]),
    ...(convergence === undefined
      ? []
      : [
          [
            'Convergence',
            `first seen after ${formatDuration(convergence.firstMs)}, stable after ${formatDuration(convergence.stableMs)}`,
          ] as const,
        ]),
    ...(catches === '' ? [] : [['Proven to catch', catches] as const]),
  ];
}

function renderStatistics(one: ReportCase): string {
  const statistics = one.statistics ?? [];
  if (statistics.length === 0) return '';
  const legend =
    '<p class="legend"><span class="key key-observed"></span>seen <span class="key key-interval"></span>confidence interval <span class="key key-expected"></span>expected <span class="key key-accept"></span>accepted</p>';
  return `<h4>Statistics, planned before sampling</h4>${legend}${statistics.map(renderStatistic).join('')}`;
}
