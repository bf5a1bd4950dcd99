/** The pages of the site, from what has been published. Pure: the same reports give the same bytes. */
import type { OutputFile } from '../allure.js';
import { compareRuns } from '../compare/compare.js';
import type { FigureRow } from '../compare/model.js';
import { describeFigure, shortNameOf } from '../compare/sections.js';
import { attribute, commandLine, dataTable, definitions, section, text, verdictBadge } from '../html/markup.js';
import { renderHtml } from '../html/page.js';
import { renderBar } from '../html/overview.js';
import { deviationTable } from '../tables.js';
import { CLASS_MEANING, countsPhrase, groupByArea, verdictSentence } from '../words.js';
import { renderSitePage } from './layout.js';
import { collectCases, groupMeshes, type Published, type PublishedCase, type PublishedMesh } from './published.js';

export interface SiteContent {
  readonly published: readonly Published[];
  /** HTML of docs/methodology.md. */
  readonly methodology: string;
}

export function renderSite({ published, methodology }: SiteContent): readonly OutputFile[] {
  const meshes = groupMeshes(published);
  const cases = collectCases(meshes);
  const judged = meshes.filter((mesh) => mesh.judged !== undefined);
  return [
    { name: 'index.html', content: renderIndex(meshes, published) },
    { name: 'matrix.html', content: renderMatrixPage(judged, cases) },
    {
      name: 'methodology.html',
      content: renderSitePage({
        ...{ title: 'Methodology', root: '.', current: 'methodology' },
        lead: 'How a verdict is reached, how numbers are measured, and what is not claimed.',
        main: [`<div class="prose">${methodology}</div>`],
      }),
    },
    ...meshes.map((mesh) => ({ name: `meshes/${mesh.name}.html`, content: renderMesh(mesh) })),
    ...cases.map((one) => ({ name: `cases/${one.record.id}.html`, content: renderCasePage(one, judged) })),
    ...published.map(({ folder, report }) => ({
      name: `reports/${folder}/index.html`,
      content: renderHtml(report, new Map()),
    })),
  ];
}

const meshLink = (root: string, { name }: Pick<PublishedMesh, 'name'>): string =>
  `<a href="${root}/meshes/${attribute(name)}.html">${text(name)}</a>`;
const caseLink = (root: string, id: string): string =>
  `<a class="id" href="${root}/cases/${attribute(id)}.html">${text(id)}</a>`;
const reportLink = (root: string, folder: string, words: string): string =>
  `<a href="${root}/reports/${attribute(folder)}/index.html">${text(words)}</a>`;

function renderIndex(meshes: readonly PublishedMesh[], published: readonly Published[]): string {
  const cards = meshes.map((mesh) => {
    const { judged, version } = mesh;
    const verdicts =
      judged === undefined
        ? '<p class="quiet">measured, not judged</p>'
        : `${renderBar(judged.report.summary)}<p>${text(countsPhrase(judged.report.summary))}</p><p class="quiet">${judged.report.cases.length} cases in ${text(judged.report.environment.name)}, ${text(judged.report.run.startedAt.slice(0, 10))}</p>`;
    return `<li><h3>${meshLink('.', mesh)} <small class="quiet">${text(version)}</small></h3>${verdicts}</li>`;
  });
  return renderSitePage({
    title: 'Does a service mesh do what it says?',
    lead: 'Each mesh was installed, driven with real traffic and judged by what both ends of every request saw, against the words of the Service Mesh Interface.',
    root: '.',
    current: 'index',
    main: [
      section(
        'meshes',
        'Meshes',
        `<ul class="cards">${cards.join('')}</ul><p><a href="./matrix.html">Every case, mesh by mesh</a></p>`,
      ),
      ...environmentsOf(published).flatMap((environment) => renderFigures(environment, published)),
    ],
  });
}

const environmentsOf = (published: readonly Published[]): readonly string[] =>
  [...new Set(published.map(({ report }) => report.environment.name))].sort();

/** What was measured in one kind of place, as far as it was measured alike. */
function renderFigures(environment: string, published: readonly Published[]): readonly string[] {
  const sources = published
    .filter(({ report }) => report.environment.name === environment && report.cases.length === 0)
    .map(({ folder, report }) => ({ dir: folder, report }));
  if (sources.length === 0) return [];
  const { overhead, convergence, refused } = compareRuns(sources);
  const refusals = refused.map(({ part, field, values }) => {
    const told = values.map(({ run, value }) => `${value} (${run})`).join(', ');
    return `<p class="quiet">${text(`In ${environment}, ${part} was not measured alike and is not shown side by side: ${field} is ${told}`)}</p>`;
  });
  return [
    ...figureSection(
      `overhead-${environment}`,
      `What a request costs in ${environment}: a proxy at either end, more than none`,
      overhead,
    ),
    ...figureSection(`convergence-${environment}`, `Until every proxy has a change, in ${environment}`, convergence),
    ...refusals,
  ];
}

function figureSection(id: string, title: string, rows: readonly FigureRow[]): readonly string[] {
  const runs = rows[0]?.figures.map(({ run }) => run) ?? [];
  if (runs.length === 0) return [];
  const names = rows.map(({ name }) => shortNameOf(name));
  const lines = runs.map((run, index) => [
    run,
    ...rows.map(({ figures }) => (figures[index] === undefined ? '' : describeFigure(figures[index]))),
  ]);
  return [section(id, title, dataTable({ head: ['Mesh', ...names], rows: lines }, { caption: title }))];
}

function renderMatrixPage(meshes: readonly PublishedMesh[], cases: readonly PublishedCase[]): string {
  const areas = [...new Set(cases.map(({ record }) => record.area))];
  const heads = meshes.map((mesh) => `<th scope="col">${meshLink('.', mesh)}</th>`);
  const rows = cases.map(({ record, byMesh }) => {
    const cells = meshes.map(({ name }) => {
      const found = byMesh.get(name);
      return `<td>${found === undefined ? '' : verdictBadge(found.verdict)}</td>`;
    });
    const said = new Set(meshes.map(({ name }) => `${byMesh.get(name)?.verdict}${byMesh.get(name)?.variant}`));
    return `<tr data-area="${attribute(record.area)}" data-differs="${said.size > 1}"><th scope="row">${caseLink('.', record.id)}${text(record.title)}</th>${cells.join('')}</tr>`;
  });
  const controls = `<div id="matrix-controls" class="controls" hidden>
<label for="words">Filter</label><input id="words" type="search" placeholder="id, word, verdict …" autocomplete="off">
<label for="area">Area</label><select id="area"><option value="">all</option>${areas.map((area) => `<option>${text(area)}</option>`).join('')}</select>
<label><input id="differing" type="checkbox" style="width:auto"> only where meshes differ</label>
<p id="shown" role="status"></p>
</div>`;
  const table = `<div class="scroll" tabindex="0" role="group" aria-label="Verdicts by case and mesh"><table class="data verdicts"><thead><tr><th scope="col">Case</th>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
  return renderSitePage({
    title: 'Every case, mesh by mesh',
    lead: 'Earned by runs, never claimed. A verdict leads to the words of the specification and to what was seen.',
    root: '.',
    current: 'matrix',
    main: [section('verdicts', 'Verdicts', `${controls}\n${table}`)],
  });
}

function renderMesh({ name, version, judged, measured }: PublishedMesh): string {
  const reports = [...(judged === undefined ? [] : [judged]), ...measured].map(
    ({ folder, report }) =>
      `<li>${reportLink('..', folder, `${report.run.profile} in ${report.environment.name}`)} <span class="quiet">${text(report.run.startedAt.slice(0, 10))}</span>${commandLine(report.run.command)}</li>`,
  );
  const deviations = judged === undefined ? undefined : deviationTable(judged.report);
  const areas = groupByArea(judged?.report.cases ?? []).map((area) => [area.title, countsPhrase(area.counts)]);
  const features = (judged?.report.features ?? []).map((feature) => [
    feature.name,
    feature.supported ? '✓ yes' : '✕ no',
    feature.cases.join(', '),
  ]);
  return renderSitePage({
    title: `${name} ${version}`,
    lead: judged === undefined ? 'Measured, not judged.' : verdictSentence(judged.report),
    root: '..',
    main: [
      ...(judged === undefined ? [] : [renderBar(judged.report.summary)]),
      ...(areas.length === 0
        ? []
        : [section('areas', 'Verdicts by area', dataTable({ head: ['Area', 'Verdicts'], rows: areas }))]),
      ...(deviations === undefined
        ? []
        : [section('deviations', 'Where it departs from the specification', dataTable(deviations))]),
      ...(features.length === 0
        ? []
        : [
            section(
              'features',
              'Features, earned by cases',
              dataTable({ head: ['Feature', 'Supported', 'Cases'], rows: features }),
            ),
          ]),
      section('reports', 'Reports, and how to get the same', `<ul>${reports.join('')}</ul>`),
    ],
  });
}

function renderCasePage({ record, byMesh }: PublishedCase, meshes: readonly PublishedMesh[]): string {
  const words = definitions(
    [
      ['Specification', `${text(record.spec.ref)}: <q>${text(record.spec.phrase)}</q>`],
      ['Class', `${text(record.class)}: ${text(CLASS_MEANING[record.class])}`],
      ['Expectation', text(record.expectation)],
      ...(record.catches === undefined || record.catches.length === 0
        ? []
        : [['Must catch', text(record.catches.join(', '))] as const]),
    ],
    'words',
  );
  const seen = meshes.flatMap((mesh) => {
    const found = byMesh.get(mesh.name);
    if (found === undefined) return [];
    const variant = found.variant === undefined ? '' : `<p><strong>${text(found.variant)}</strong></p>`;
    return [
      `<article class="trouble v-${found.verdict}"><h3>${verdictBadge(found.verdict)} ${meshLink('..', mesh)}</h3>${variant}<p>${text(found.reason)}</p></article>`,
    ];
  });
  return renderSitePage({
    title: `${record.id} ${record.title}`,
    lead: record.expectation,
    root: '..',
    main: [
      section('what', 'What is asked', words),
      section('seen', 'What each mesh did', seen.join('\n')),
      section('run', 'Run it', commandLine(`npx meshgauge run --mesh NAME --case ${record.id}`)),
    ],
  });
}
