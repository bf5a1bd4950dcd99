/** Where reports go: files in the report's folder, a summary for a person, JSON for a machine. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderFormat, type EvidenceByCase, type OutputFile, type Report } from '../../reports/index.js';
import { renderJson, writeReport } from '../../reports/store.js';
import { renderTerminal } from '../../reports/terminal.js';
import type { Evidence } from '../evidence/records.js';
import { readEvidence } from '../evidence/store.js';
import { HarnessError } from '../errors/harness-error.js';
import { colorsFor } from './terminal-colors.js';

/** Written by every run, in this order: the report itself first, so that it is there whatever happens to the rest. */
const EVERY_RUN = ['junit', 'markdown', 'html', 'allure'];

export async function writeOutputs(dir: string, report: Report): Promise<void> {
  try {
    await writeReport(join(dir, 'report.json'), report);
    const evidence = loadEvidence(dir, report);
    for (const format of EVERY_RUN)
      writeFiles(format === 'allure' ? join(dir, 'allure-results') : dir, renderFormat(format, report, evidence));
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
    report.cases.flatMap(({ id, evidence }): [string, Evidence][] =>
      evidence === undefined ? [] : [[id, readEvidence(dir, evidence)]],
    ),
  );
}

export function printReport(report: Report, options: { json: boolean; outDir: string }): void {
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
