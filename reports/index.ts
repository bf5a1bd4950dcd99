/** The formats a report can be rendered in. Renderers are pure: text in, files out, nothing written. */
import { badInput } from '../src/errors/harness-error.js';
import { renderAllure, type OutputFile } from './allure.js';
import { renderConformance } from './conformance.js';
import type { EvidenceDigest } from './evidence/digest.js';
import { renderJunit } from './junit.js';
import { renderMarkdown } from './markdown.js';
import type { Report } from './model.js';
import { renderOpenMetrics } from './openmetrics.js';
import { renderSmp } from './smp.js';
import { renderJson } from './store.js';

export type { OutputFile } from './allure.js';
export type { Report, ReportCase, VerdictCounts } from './model.js';

/** Evidence by case id; a case without an entry is rendered without its timeline. */
export type EvidenceByCase = ReadonlyMap<string, EvidenceDigest>;

interface Format {
  readonly description: string;
  render(report: Report, evidence: EvidenceByCase): readonly OutputFile[] | Promise<readonly OutputFile[]>;
}

export const FORMATS = {
  html: {
    description: 'one self-contained page',
    // What draws pictures takes a moment to load, which other formats and commands need not wait for.
    render: async (report, evidence) => {
      const { renderHtml } = await import('./html/page.js');
      return [{ name: 'report.html', content: renderHtml(report, evidence) }];
    },
  },
  junit: {
    description: 'JUnit XML for CI servers',
    render: (report) => [{ name: 'junit.xml', content: renderJunit(report) }],
  },
  allure: {
    description: 'an allure-results folder',
    render: renderAllure,
  },
  markdown: {
    description: 'one-page summary',
    render: (report) => [{ name: 'report.md', content: renderMarkdown(report) }],
  },
  json: {
    description: 'the report itself',
    render: (report) => [{ name: 'report.json', content: renderJson(report) }],
  },
  conformance: {
    description: 'YAML in the shape of Gateway API conformance reports',
    render: (report) => [{ name: 'conformance.yaml', content: renderConformance(report) }],
  },
  smp: {
    description: 'measurements in the words of Service Mesh Performance',
    render: (report) => [{ name: 'smp.json', content: renderSmp(report) }],
  },
  openmetrics: {
    description: 'figures for a time series database',
    render: (report) => [{ name: 'metrics.txt', content: renderOpenMetrics(report) }],
  },
} as const satisfies Readonly<Record<string, Format>>;

export type FormatName = keyof typeof FORMATS;

/** Renders one format; an unknown name is bad input that lists the known ones. */
export async function renderFormat(
  name: string,
  report: Report,
  evidence: EvidenceByCase,
): Promise<readonly OutputFile[]> {
  if (!isFormatName(name)) {
    throw badInput(
      'E_REPORT_FORMAT',
      `unknown report format "${name}"`,
      `Known formats: ${Object.keys(FORMATS).join(', ')}.`,
    );
  }
  const format: Format = FORMATS[name];
  return format.render(report, evidence);
}

function isFormatName(name: string): name is FormatName {
  return Object.hasOwn(FORMATS, name);
}
