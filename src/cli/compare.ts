/** `meshgauge compare`: runs side by side, and what became worse since a baseline. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareRuns, gateOf, refuseNothing, renderComparison, type Source } from '../../reports/compare/index.js';
import { readReport } from '../../reports/store.js';
import { badInput, EXIT, type ExitCode } from '../errors/harness-error.js';
import { readBaseline } from './baseline.js';

export interface CompareFlags {
  readonly baseline?: string;
  readonly format?: string;
  readonly failOn?: string;
  readonly out?: string;
}

/** Of a table that is not printed on a terminal. */
const PIPE_COLUMNS = 120;

export async function compare(dirs: readonly string[], flags: CompareFlags): Promise<ExitCode> {
  const { baseline, format = 'text', failOn, out } = flags;
  if (failOn !== undefined && failOn !== 'regression')
    throw badInput('E_FAIL_ON', `--fail-on knows no "${failOn}"`, 'use --fail-on regression');
  if (failOn !== undefined && baseline === undefined)
    throw badInput('E_FAIL_ON', '--fail-on regression needs something to regress from', 'name it with --baseline DIR');
  if (dirs.length + Number(baseline !== undefined) < 2)
    throw badInput('E_NOT_ALIKE', 'one run alone cannot be compared', 'give two folders or more, or --baseline');
  const origin = baseline === undefined ? undefined : await readBaseline(baseline, 'with --baseline');
  const sources = await Promise.all(dirs.map(readSource));
  if (sources.every(({ report }) => report.run.id === origin?.report.run.id))
    throw badInput(
      'E_RUN_TWICE',
      `${baseline} is compared with nothing but itself`,
      'give another run to hold against it',
    );
  const comparison = compareRuns(sources, origin);
  refuseNothing(comparison);
  const text = renderComparison(format, comparison, process.stdout.columns || PIPE_COLUMNS);
  if (out === undefined) process.stdout.write(text);
  else writeFileSync(out, text);
  if (failOn === undefined) return EXIT.conformant;
  const { code, reason } = gateOf(comparison);
  process.stderr.write(`${reason}\n`);
  return code;
}

async function readSource(dir: string): Promise<Source> {
  return { dir, report: await readReport(join(dir, 'report.json')) };
}
