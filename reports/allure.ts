/** allure-results: one JSON object per case, to be put in one folder. */
import { createHash } from 'node:crypto';
import type { VerdictName } from '../src/judge/verdict.js';
import type { EvidenceDigest } from './evidence/digest.js';
import { describeCounts } from './evidence/traffic.js';
import type { Report, ReportCase } from './model.js';
import { formatNumber, rerunCommand, runFacts, verdictSentence } from './words.js';

export interface OutputFile {
  /** Relative to the folder of the report. */
  readonly name: string;
  readonly content: string;
}

const TIMELINE_LIMIT = 200;

type AllureStatus = 'passed' | 'failed' | 'broken' | 'skipped';

const STATUS: Readonly<Record<VerdictName, AllureStatus>> = {
  pass: 'passed',
  recorded: 'passed',
  fail: 'failed',
  error: 'broken',
  inconclusive: 'broken',
  unsupported: 'skipped',
  excluded: 'skipped',
};

export function renderAllure(report: Report, evidence: ReadonlyMap<string, EvidenceDigest>): readonly OutputFile[] {
  const properties = runFacts(report).map(
    ([name, value]) => `${name.replace(/\W+/g, '_')}=${value.replace(/\s+/g, ' ')}`,
  );
  return [
    { name: 'environment.properties', content: `${properties.join('\n')}\n` },
    ...setUpResult(report),
    ...report.cases.flatMap((one) => caseFiles(report, one, evidence.get(one.id))),
  ];
}

function caseFiles(report: Report, one: ReportCase, evidence: EvidenceDigest | undefined): readonly OutputFile[] {
  const uuid = uuidOf(report, one.id);
  const attachment = { name: `${uuid}-attachment.txt`, content: describeEvidence(report, one, evidence) };
  const start = Math.floor(evidence?.startMs ?? Date.parse(report.run.startedAt));
  const result = {
    ...identity(report, one.id, one.area),
    name: `${one.id} ${one.title}`,
    description: `${one.expectation}\n\n${one.spec.ref}: "${one.spec.phrase}"`,
    status: STATUS[one.verdict],
    statusDetails: { message: one.reason, trace: `expected: ${one.expectation}\nseen: ${one.reason}` },
    stage: 'finished',
    start,
    stop: start + Math.round(one.durationMs),
    labels: [
      ...meshLabels(report),
      { name: 'suite', value: one.area },
      { name: 'area', value: one.area },
      { name: 'class', value: one.class },
      { name: 'tag', value: `class-${one.class}` },
      { name: 'tag', value: one.verdict },
    ],
    parameters: parametersOf(one),
    attachments: [{ name: 'evidence', type: 'text/plain', source: `${uuid}-attachment.txt` }],
  };
  return [resultFile(uuid, result), attachment];
}

/** A run that stopped shows up as a broken test, so that no dashboard stays green by emptiness. */
function setUpResult(report: Report): readonly OutputFile[] {
  const { error } = report.run;
  if (!error && report.cases.length > 0) return [];
  const uuid = uuidOf(report, 'set-up');
  const start = Date.parse(report.run.startedAt);
  const message = error ? `${error.code}: ${error.message}` : `${verdictSentence(report)} ${report.exit.reason}`;
  const result = {
    ...identity(report, 'set-up', 'run'),
    name: 'set-up',
    status: error || report.exit.code !== 0 ? 'broken' : 'passed',
    statusDetails: { message, trace: error?.hint ?? report.exit.reason },
    stage: 'finished',
    start,
    stop: start + Math.round(report.run.durationMs),
    labels: [...meshLabels(report), { name: 'suite', value: 'set-up' }],
    parameters: [],
    attachments: [],
  };
  return [resultFile(uuid, result)];
}

/** History joins runs of the same case on the same mesh, whatever its version. */
function identity(report: Report, id: string, area: string): Readonly<Record<string, string>> {
  return {
    uuid: uuidOf(report, id),
    historyId: sha256(`${id}\n${report.mesh.name}`),
    testCaseId: sha256(id),
    fullName: `meshgauge.${area}.${id}`,
  };
}

function meshLabels(report: Report): readonly { readonly name: string; readonly value: string }[] {
  const mesh = `${report.mesh.name} ${report.mesh.version}`;
  return [
    { name: 'framework', value: 'meshgauge' },
    { name: 'parentSuite', value: mesh },
    { name: 'mesh', value: report.mesh.name },
  ];
}

function parametersOf(one: ReportCase): readonly { readonly name: string; readonly value: string }[] {
  const statistics = (one.statistics ?? []).map((each) => ({
    name: each.name,
    value: `${each.test}, n ${each.n}, alpha ${formatNumber(each.alpha)}, power ${formatNumber(each.power)}`,
  }));
  return [
    { name: 'verdict', value: one.verdict },
    ...(one.variant === undefined ? [] : [{ name: 'variant', value: one.variant }]),
    ...(one.fidelity === undefined ? [] : [{ name: 'fidelity', value: one.fidelity }]),
    ...statistics,
  ];
}

function describeEvidence(report: Report, one: ReportCase, evidence: EvidenceDigest | undefined): string {
  const reference =
    one.evidence === undefined ? 'no evidence was taken' : `${one.evidence.file}\nsha256 ${one.evidence.sha256}`;
  const lines = [
    `expected  ${one.expectation}`,
    `seen      ${one.reason}`,
    '',
    reference,
    '',
    rerunCommand(report, one.id),
  ];
  if (evidence === undefined) return `${lines.join('\n')}\n`;
  const cells = evidence.cells.map(
    (cell) =>
      `${cell.phase} ${cell.cell}: ${cell.sent} sent, ${cell.ok} ok at the client, ${cell.reached} reached a server (${describeCounts(cell.pods) || 'none'})`,
  );
  const left = Math.max(0, evidence.timeline.length - TIMELINE_LIMIT);
  const timeline = evidence.timeline
    .slice(0, TIMELINE_LIMIT)
    .map((entry) => `${entry.atMs.toFixed(1).padStart(10)} ms  ${entry.lane.padEnd(7)} ${entry.text}`);
  return `${[...lines, '', ...cells, '', ...timeline, ...(left > 0 ? [`… ${left} more`] : [])].join('\n')}\n`;
}

function resultFile(uuid: string, result: object): OutputFile {
  return { name: `${uuid}-result.json`, content: `${JSON.stringify(result, null, 2)}\n` };
}

/** The same run and case have the same id, so rendering twice does not double the results. */
function uuidOf(report: Report, id: string): string {
  const hex = sha256(`${report.run.id}\n${id}`);
  const variant = ((parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
