/** `meshgauge render`: a stored report in another format. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderFormat } from '../../reports/index.js';
import { readReport } from '../../reports/store.js';
import { EXIT, type ExitCode } from '../errors/harness-error.js';
import { generateAllureReport } from './allure-report.js';
import { loadEvidence, writeFiles } from './output.js';

export async function render(dir: string, options: { format: string; out?: string }): Promise<ExitCode> {
  const report = await readReport(join(dir, 'report.json'));
  const files = await renderFormat(options.format, report, loadEvidence(dir, report));
  const [only, ...more] = files;
  if (only !== undefined && more.length === 0) {
    if (options.out === undefined) process.stdout.write(only.content);
    else writeFileSync(options.out, only.content);
    return EXIT.conformant;
  }
  const folder = options.out ?? join(dir, `${options.format}-results`);
  writeFiles(folder, files);
  process.stderr.write(`${files.length} files in ${folder}\n`);
  if (options.format === 'allure') {
    const made = await generateAllureReport(folder, `${folder}-page`);
    process.stderr.write('page' in made ? `the page is ${made.page}\n` : `${made.missing}\n`);
  }
  return EXIT.conformant;
}
