/** Where reports go: files in the report's folder, a summary for a person, JSON for a machine. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderFormat, type EvidenceByCase, type OutputFile, type Report } from '../../reports/index.js';
import { digestEvidence, type EvidenceDigest } from '../../reports/evidence/digest.js';
import { renderJson, writeReport } from '../../reports/store.js';
import { renderTerminal } from '../../reports/terminal.js';
import { streamEvidence } from '../evidence/store.js';
import { HarnessError } from '../errors/harness-error.js';
import { createProgress, type Progress } from '../run/progress.js';
import { reportError } from './report-error.js';
import { colorsFor } from './terminal-colors.js';

/** Written by every run, in this order: the report itself first, so that it is there whatever happens to the rest. */
const EVERY_RUN = ['junit', 'markdown', 'html', 'allure'];

export async function writeOutputs(dir: string, report: Report): Promise<void> {
  try {
    await writeReport(join(dir, 'report.json'), report);
    const evidence = loadEvidence(dir, report);
    for (const format of EVERY_RUN)
      writeFiles(format === 'allure' ? join(dir, 'allure-results') : dir, await renderFormat(format, report, evidence));
  } catch (cause) {
    if (cause instanceof HarnessError) throw cause;
    throw new HarnessError({
      code: 'E_REPORT_WRITE',
      message: `cannot write the report to ${dir}: ${(cause as Error).message}`,
      hint: 'free some space, or choose another folder with --out',
      cause,
    });
  }
}

export function writeFiles(dir: string, files: readonly OutputFile[]): void {
  for (const { name, content } of files) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
}

/** @throws HarnessError (bad input) for evidence that is missing or altered. */
export function loadEvidence(dir: string, report: Report): EvidenceByCase {
  return new Map(
    report.cases.flatMap(({ id, evidence }): [string, EvidenceDigest][] =>
      evidence === undefined ? [] : [[id, digestEvidence(streamEvidence(dir, evidence))]],
    ),
  );
}

function printReport(report: Report, options: { json: boolean; outDir: string }): void {
  if (options.json) process.stdout.write(renderJson(report));
  else
    process.stdout.write(
      renderTerminal(report, {
        width: process.stdout.columns || 100,
        colors: colorsFor(process.stdout),
        outDir: options.outDir,
      }),
    );
}

/** Progress of `total` cases on the error stream; a command that measures has none, and tells its stages. */
export function progressOf(total: number): Progress {
  return createProgress({
    stream: process.stderr,
    colors: colorsFor(process.stderr),
    total,
    live: process.stderr.isTTY === true,
  });
}

/** The last words of a command: what was left, the summary, and the trouble, which a person who interrupted knows. */
export function tellEnd(
  report: Report,
  end: {
    readonly flags: { readonly json?: boolean };
    readonly outDir: string;
    readonly leftovers: readonly string[];
    readonly error?: HarnessError;
    readonly signal: AbortSignal;
  },
): void {
  const { yellow } = colorsFor(process.stderr);
  for (const leftover of end.leftovers)
    process.stderr.write(`${yellow('not cleaned up')} ${leftover}; see "meshgauge clean"\n`);
  printReport(report, { json: end.flags.json === true, outDir: end.outDir });
  if (end.error !== undefined && !end.signal.aborted) reportError(end.error);
}
