/** `meshgauge judge`: stored evidence, today's judges; the same verdicts to the byte, or a list of what differs. */
import { join } from 'node:path';
import { CASES } from '../../suites/index.js';
import { readReport, renderJson } from '../../reports/store.js';
import type { Report, ReportCase } from '../../reports/model.js';
import { readEvidence } from '../evidence/store.js';
import { EXIT, badInput, type ExitCode } from '../errors/harness-error.js';
import { compareWithDeviations } from '../judge/deviations.js';
import { summarise } from '../judge/rollup.js';
import { concludeRun, verdictFields } from './report.js';

export async function judge(dir: string, options: { json?: boolean }): Promise<ExitCode> {
  const stored = await readReport(join(dir, 'report.json'));
  const cases = stored.cases.map((one) => judgeAgain(dir, one));
  const { deviations: was } = stored;
  const now =
    was === undefined ? {} : { deviations: { ...compareWithDeviations(cases, was.listed), accepted: was.accepted } };
  const judged: Report = {
    ...stored,
    cases,
    summary: summarise(cases.map(({ verdict }) => verdict)),
    ...now,
    exit: concludeAgain({ ...stored, ...now }, cases),
  };
  if (options.json === true) {
    process.stdout.write(renderJson(judged));
    return judged.exit.code;
  }
  const [before, after] = [renderJson(stored), renderJson(judged)];
  const casesBefore = readCases(before);
  const changed = readCases(after).filter((one, index) => JSON.stringify(one) !== JSON.stringify(casesBefore[index]));
  const identical = before === after;
  process.stdout.write(
    `${cases.length} verdicts judged again from evidence: ${identical ? 'all identical, byte for byte' : `${changed.length} differ`}\n`,
  );
  for (const one of changed) {
    const was = stored.cases.find(({ id }) => id === one.id);
    process.stdout.write(`  ${one.id}: ${was?.verdict ?? '?'} → ${one.verdict}: ${one.reason}\n`);
  }
  process.stdout.write(`${judged.exit.reason}\n`);
  return judged.exit.code;
}

/** The cases as they are written down: keys in the model's order. */
function readCases(json: string): readonly ReportCase[] {
  return (JSON.parse(json) as Report).cases;
}

/** By the rule of the run: interrupted stays interrupted, and what stopped it stops it here. */
function concludeAgain(stored: Report, cases: readonly ReportCase[]): Report['exit'] {
  const error =
    stored.run.error === undefined ? {} : { error: { exitCode: stored.exit.code, message: stored.exit.reason } };
  const known = stored.deviations === undefined ? {} : { deviations: stored.deviations };
  return concludeRun(cases, { interrupted: stored.exit.code === EXIT.interrupted, ...known, ...error });
}

function judgeAgain(dir: string, stored: ReportCase): ReportCase {
  const record = CASES.find(({ id }) => id === stored.id);
  if (record === undefined)
    throw badInput(
      'E_UNKNOWN_CASE',
      `the report holds a case ${stored.id} that this release does not know`,
      'judge it with the release that made it',
    );
  if (stored.evidence === undefined) return stored;
  const verdict = record.judge(readEvidence(dir, stored.evidence));
  // The keys keep their places, so that equal verdicts are equal bytes.
  const { variant: _variant, statistics: _statistics, ...rest } = stored;
  return { ...rest, ...verdictFields(verdict) };
}
