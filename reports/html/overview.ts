/** The first screen: the verdict in a sentence, the facts of the run, the matrix, and what went wrong in words. */
import { VERDICTS } from '../../src/judge/verdict.js';
import type { Report, VerdictCounts } from '../model.js';
import { growthTable, scaleTable } from '../scale.js';
import { deviationTable } from '../tables.js';
import {
  VERDICT_MEANING,
  countsPhrase,
  findTroubles,
  groupByArea,
  outcomeWord,
  rerunCommand,
  runFacts,
  verdictSentence,
  type Trouble,
} from '../words.js';
import { renderConvergence } from './convergence.js';
import { renderOverhead } from './overhead.js';
import { attribute, commandLine, dataTable, definitions, section, text, verdictBadge, verdictGlyph } from './markup.js';

export function renderHeader(report: Report): string {
  const facts = runFacts(report).map(([label, value]) => [label, text(value)] as const);
  return `<header>
<p class="brand">meshgauge <span>service mesh conformance report</span></p>
<p class="outcome exit-${report.exit.code}">${text(outcomeWord(report))}</p>
<h1>${text(verdictSentence(report))}</h1>
<p class="lead">${text(report.exit.reason)}</p>
${renderBar(report.summary)}
${definitions(facts, 'facts')}
</header>`;
}

/** How the verdicts share the run, at a glance. */
export function renderBar(counts: VerdictCounts): string {
  const parts = VERDICTS.filter((verdict) => counts[verdict] > 0);
  if (parts.length === 0) return '';
  const bars = parts.map((verdict) => `<span class="v-${verdict}" style="flex-grow:${counts[verdict]}"></span>`);
  return `<div class="bar" role="img" aria-label="${attribute(countsPhrase(counts))}">${bars.join('')}</div>`;
}

export function renderSetUpError(report: Report): string {
  const { error } = report.run;
  if (!error) return '';
  const words = definitions(
    [
      ['What happened', text(error.message)],
      ['How to fix', text(error.hint)],
      ['Code', `<code>${text(error.code)}</code>`],
    ],
    'words',
  );
  return section(
    'stopped',
    'The run stopped',
    `<article class="trouble v-error">${words}${commandLine(report.run.command)}</article>`,
  );
}

export function renderMatrix(report: Report): string {
  if (report.cases.length === 0) return '';
  const head = VERDICTS.map(
    (verdict) =>
      `<th scope="col" class="v-${verdict}" title="${attribute(VERDICT_MEANING[verdict])}">${verdictGlyph(verdict)}${verdict}</th>`,
  );
  const line = (title: string, counts: VerdictCounts, total: number): string => {
    const cells = VERDICTS.map(
      (verdict) => `<td class="${counts[verdict] === 0 ? 'zero' : `v-${verdict}`}">${counts[verdict]}</td>`,
    );
    return `<tr><th scope="row">${title}</th>${cells.join('')}<td class="total">${total}</td></tr>`;
  };
  const areas = groupByArea(report.cases);
  const rows = areas.map((area) =>
    line(`<a href="#area-${attribute(area.name)}">${text(area.title)}</a>`, area.counts, area.cases.length),
  );
  const foot = areas.length > 1 ? `<tfoot>${line('All areas', report.summary, report.cases.length)}</tfoot>` : '';
  const table = `<table class="matrix"><thead><tr><th scope="col">Area</th>${head.join('')}<th scope="col">cases</th></tr></thead><tbody>${rows.join('')}</tbody>${foot}</table>`;
  return section(
    'matrix',
    'Verdicts by area',
    `<div class="scroll" tabindex="0" role="group" aria-label="Verdicts by area">${table}</div>`,
  );
}

export function renderTroubles(report: Report): string {
  const found = findTroubles(report);
  if (found.length === 0) return '';
  const title = report.summary.fail > 0 ? 'What failed, and why' : 'What to look at';
  return section('look', title, found.map((trouble) => renderTrouble(report, trouble)).join('\n'));
}

function renderTrouble(report: Report, { verdict, first, cases }: Trouble): string {
  const alone = cases.length === 1;
  const link = (id: string): string => `<a href="#case-${attribute(id)}">${text(id)}</a>`;
  const title = alone ? `${link(first.id)} ${text(first.title)}` : `${cases.length} cases for one reason`;
  const words: readonly (readonly [string, string])[] = [
    ...(alone ? [['Expected', text(first.expectation)] as const] : []),
    ['Seen', text(first.reason)],
    ...(alone ? [] : [['Cases', cases.map((one) => link(one.id)).join(' ')] as const]),
    ...(first.evidence === undefined ? [] : [['Evidence', `<code>${text(first.evidence.file)}</code>`] as const]),
  ];
  return `<article class="trouble v-${verdict}">
<h3>${verdictBadge(verdict)} ${title}</h3>
${definitions(words, 'words')}
${commandLine(rerunCommand(report, first.id))}
</article>`;
}

export function renderVariants(report: Report): string {
  const recorded = report.cases.filter((one) => one.variant !== undefined);
  if (recorded.length === 0) return '';
  const rows = recorded.map((one) => [one.id, one.title, one.variant ?? '']);
  return section(
    'variants',
    'Where the text is ambiguous',
    dataTable({ head: ['Case', 'Question', 'This mesh'], rows }),
  );
}

export function renderDeviations(report: Report): string {
  const deviations = deviationTable(report);
  return deviations === undefined
    ? ''
    : section('deviations', 'Deviations from the specification', dataTable(deviations));
}

export function renderMeasurements(report: Report): string {
  const scale = scaleTable(report);
  const growth = growthTable(report);
  return [
    ...[renderOverhead(report), renderConvergence(report)].filter((part) => part !== ''),
    ...(scale === undefined ? [] : [section('scale', 'Many proxies', dataTable(scale))]),
    ...(growth === undefined ? [] : [section('growth', 'Growth with the number of proxies', dataTable(growth))]),
  ].join('\n');
}

export function renderFeatures(report: Report): string {
  if (report.features.length === 0) return '';
  const rows = report.features.map((feature) => [
    feature.name,
    feature.supported ? '✓ yes' : '✕ no',
    feature.cases.join(', '),
  ]);
  return section(
    'features',
    'Features, as the run showed them',
    dataTable({ head: ['Feature', 'Supported', 'Shown by'], rows }),
  );
}
