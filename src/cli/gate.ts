/** `meshgauge gate`: what a pipeline runs. Every mesh of the configuration is judged and held against its baseline; the worst decides. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DRIVER_NAMES, loadDriver } from '../../drivers/index.js';
import { renderAnnotations } from '../../reports/annotations.js';
import { compareRuns, gateOf, renderComparison, type Source } from '../../reports/compare/index.js';
import { renderMarkdown, renderMarkdownTable } from '../../reports/markdown.js';
import type { Report } from '../../reports/model.js';
import { readReport } from '../../reports/store.js';
import { readConfig, type Config } from '../config/config.js';
import { badInput, EXIT, type ExitCode } from '../errors/harness-error.js';
import { readBaseline } from './baseline.js';
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

/** Whoever pressed Ctrl-C wants to hear of that; a violation that is proven is never masked by trouble beside it. */
const WORST_FIRST: readonly ExitCode[] = [
  EXIT.interrupted,
  EXIT.violated,
  EXIT.badInput,
  EXIT.harness,
  EXIT.inconclusive,
  EXIT.conformant,
];

/** @throws HarnessError (bad input) before anything starts */
export async function gate({ config: file, out }: GateFlags): Promise<ExitCode> {
  const config = readConfig(file);
  const meshes = await readMeshes(config);
  const baselines = new Map<string, Source>();
  for (const [mesh, dir] of Object.entries(config.baselines ?? {}))
    baselines.set(mesh, await readBaseline(dir, 'under baselines'));
  const folder = out ?? config.out ?? join('meshgauge-report', `${timestamp()}-gate`);
  mkdirSync(folder, { recursive: true });
  const judged: Judged[] = [];
  for (const mesh of meshes) {
    const dir = join(folder, mesh.replace(/[^\w.-]/g, '_'));
    const one = await judgeMesh(mesh, { out: dir, ...(file && { config: file }) }, baselines.get(mesh));
    judged.push(one);
    if (process.env['GITHUB_ACTIONS'] === 'true') process.stdout.write(renderAnnotations(one.report));
    if (one.code === EXIT.interrupted) break;
  }
  const summary = summarise(judged, meshes);
  writeFileSync(join(folder, 'summary.md'), summary);
  const { GITHUB_STEP_SUMMARY: stepSummary } = process.env;
  if (stepSummary) appendFileSync(stepSummary, summary);
  return worstOf(judged.map(({ code }) => code));
}

const worstOf = (codes: readonly ExitCode[]): ExitCode =>
  WORST_FIRST.find((code) => codes.includes(code)) ?? EXIT.harness;

/** Those of the configuration, each of them there, and nothing in it about any other: a misspelt name would silently gate nothing. */
async function readMeshes({
  meshes,
  mesh,
  driver,
  baselines = {},
  deviations = [],
}: Config): Promise<readonly string[]> {
  const names = meshes ?? [driver ?? mesh ?? []].flat();
  if (names.length === 0)
    throw badInput(
      'E_NO_MESHES',
      'the configuration names no mesh, so there is nothing to judge',
      'add `meshes: [NAME, …]` to it',
    );
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw badInput('E_MESH_TWICE', `meshes names ${twice} twice`, 'name each mesh once');
  const others = [...Object.keys(baselines), ...deviations.flatMap((one) => one.mesh ?? [])];
  const stray = others.find((name) => !names.includes(name));
  if (stray !== undefined)
    throw badInput(
      'E_UNKNOWN_MESH',
      `baselines or deviations name ${stray}, which is none of the meshes: ${names.join(', ')}`,
      'correct the name, or add it to `meshes`',
    );
  for (const name of names) await loadDriver(name);
  return names;
}

async function judgeMesh(
  mesh: string,
  flags: { readonly out: string; readonly config?: string },
  baseline: Source | undefined,
): Promise<Judged> {
  const code = await run({ ...flags, ...(DRIVER_NAMES.includes(mesh) ? { mesh } : { driver: mesh }) });
  const report = await readReport(join(flags.out, 'report.json'));
  if (baseline === undefined || code === EXIT.interrupted) return { mesh, code, report };
  const comparison = compareRuns([{ dir: flags.out, report }], baseline);
  writeFileSync(join(flags.out, 'comparison.md'), renderComparison('md', comparison, 0));
  const beside = gateOf(comparison);
  return { mesh, code: worstOf([code, beside.code]), report, beside: beside.reason };
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
