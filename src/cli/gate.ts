/** `meshgauge gate`: what a pipeline runs. Every mesh of the configuration is judged and held against its baseline; the worst decides. */
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderAnnotations } from '../../reports/annotations.js';
import { compareRuns, gateOf, renderComparison } from '../../reports/compare/index.js';
import { renderMarkdown, renderMarkdownTable } from '../../reports/markdown.js';
import type { Report } from '../../reports/model.js';
import { readReport } from '../../reports/store.js';
import { readConfig } from '../config/config.js';
import { badInput, EXIT, type ExitCode } from '../errors/harness-error.js';
import { timestamp } from './mesh-plan.js';
import { run } from './run.js';

export interface GateFlags {
  readonly config?: string;
  readonly out?: string;
}

interface Judged {
  readonly mesh: string;
  readonly code: ExitCode;
  readonly report: Report;
  /** What the comparison with the baseline says. */
  readonly beside?: string;
}

/** Whoever pressed Ctrl-C wants to hear of that; then what keeps a verdict from being trusted; then the verdict. */
const WORST_FIRST: readonly ExitCode[] = [
  EXIT.interrupted,
  EXIT.harness,
  EXIT.badInput,
  EXIT.violated,
  EXIT.inconclusive,
  EXIT.conformant,
];

/** @throws HarnessError (bad input) before anything starts, for a configuration that names no mesh or a baseline that is not there */
export async function gate({ config: file, out }: GateFlags): Promise<ExitCode> {
  const config = readConfig(file);
  const meshes = config.meshes ?? [config.mesh ?? config.driver ?? []].flat();
  if (meshes.length === 0)
    throw badInput(
      'E_NO_MESHES',
      'the configuration names no mesh, so there is nothing to judge',
      'add `meshes: [NAME, …]` to it',
    );
  const { baselines = {} } = config;
  await Promise.all(Object.values(baselines).map(readBaseline));
  const folder = out ?? config.out ?? join('meshgauge-report', `${timestamp()}-gate`);
  mkdirSync(folder, { recursive: true });
  const judged: Judged[] = [];
  for (const mesh of meshes) {
    const one = await judgeMesh(mesh, join(folder, mesh), { ...(file && { config: file }) }, baselines[mesh]);
    judged.push(one);
    tellPipeline(one);
    if (one.code === EXIT.interrupted) break;
  }
  const summary = summarise(judged, meshes);
  writeFileSync(join(folder, 'summary.md'), summary);
  const { GITHUB_STEP_SUMMARY: stepSummary } = process.env;
  if (stepSummary) appendFileSync(stepSummary, summary);
  return WORST_FIRST.find((code) => judged.some((one) => one.code === code)) ?? EXIT.harness;
}

async function judgeMesh(mesh: string, out: string, flags: GateFlags, baseline?: string): Promise<Judged> {
  const code = await run({ ...flags, mesh, out });
  const report = await readReport(join(out, 'report.json'));
  if (baseline === undefined || code === EXIT.interrupted) return { mesh, code, report };
  const comparison = compareRuns([{ dir: out, report }], { dir: baseline, report: await readBaseline(baseline) });
  writeFileSync(join(out, 'comparison.md'), renderComparison('md', comparison, 0));
  const beside = gateOf(comparison);
  const worst = WORST_FIRST.find((each) => each === code || each === beside.code) ?? code;
  return { mesh, code: worst, report, beside: beside.reason };
}

async function readBaseline(dir: string): Promise<Report> {
  const path = join(dir, 'report.json');
  if (!existsSync(path))
    throw badInput(
      'E_BASELINE_MISSING',
      `there is no baseline: ${path} does not exist`,
      'keep the report folder of a run that was good, and name it under baselines',
    );
  return readReport(path);
}

function tellPipeline({ report }: Judged): void {
  if (process.env['GITHUB_ACTIONS'] === 'true') process.stdout.write(renderAnnotations(report));
}

function summarise(judged: readonly Judged[], meshes: readonly string[]): string {
  const rows = meshes.map((mesh) => {
    const one = judged.find((each) => each.mesh === mesh);
    if (one === undefined) return [mesh, 'not run', '', ''];
    return [mesh, String(one.code), one.report.exit.reason, one.beside ?? 'no baseline'];
  });
  const table = renderMarkdownTable(['Mesh', 'Exit code', 'Verdict', 'Beside the baseline'], rows);
  return `${[`# meshgauge`, table, ...judged.map(({ report }) => renderMarkdown(report))].join('\n\n')}\n`;
}
