/** The report of a run that was good, which others are held against. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from '../../reports/compare/index.js';
import { readReport } from '../../reports/store.js';
import { badInput } from '../errors/harness-error.js';

/** @param where it is named, for the hint @throws HarnessError E_BASELINE_MISSING, or what is wrong with the report */
export async function readBaseline(dir: string, where: string): Promise<Source> {
  const path = join(dir, 'report.json');
  if (!existsSync(path))
    throw badInput(
      'E_BASELINE_MISSING',
      `there is no baseline: ${path} does not exist`,
      `keep the report folder of a run that was good, and name it ${where}`,
    );
  return { dir, report: await readReport(path) };
}
