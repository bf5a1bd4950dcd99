/** `meshgauge explain`: what a case does and why, printed from the record itself. */
import { CASES } from '../../suites/index.js';
import { factsOf } from '../cases/case-facts.js';
import type { CaseRecord, Phase } from '../cases/case.js';
import { EXIT, badInput, type ExitCode } from '../errors/harness-error.js';
import { describeCell } from '../judge/cells.js';
import { describeLastSeen, findLastSeen, type LastSeen } from './last-run.js';
import { describeExpectation } from '../judge/describe-expectation.js';

export async function explain(id: string | undefined, options: { json?: boolean }): Promise<ExitCode> {
  const chosen = id === undefined ? CASES : CASES.filter((record) => record.id === id.toUpperCase());
  if (chosen.length === 0)
    throw badInput('E_UNKNOWN_CASE', `no case is called ${id ?? ''}`, '"meshgauge explain" lists them all');
  if (options.json === true) process.stdout.write(`${JSON.stringify(chosen.map(plainRecord), null, 2)}\n`);
  else if (id === undefined)
    for (const { id: name, class: tier, title } of chosen) process.stdout.write(`${name}  ${tier}  ${title}\n`);
  else for (const record of chosen) process.stdout.write(describeCase(record, await findLastSeen(record.id)));
  return EXIT.conformant;
}

/** The record without its functions. */
function plainRecord(record: CaseRecord): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => typeof value !== 'function'));
}

function describeCase(record: CaseRecord, last: LastSeen | undefined): string {
  const rows = [
    ...factsOf(record),
    ['last seen', last === undefined ? 'in no report in meshgauge-report' : describeLastSeen(last)] as const,
  ];
  const head = `${record.id}  ${record.title}\n\n${rows.map(([name, text]) => `  ${name.padEnd(14)} ${text}`).join('\n')}\n`;
  return `${head}\n${(record.phases ?? []).map(describePhase).join('')}`;
}

function describePhase(phase: Phase): string {
  const objects = phase.objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ') || 'no objects';
  const cells = (phase.cells ?? []).map(
    (cell) => `    ${cell.expect.toUpperCase().padEnd(7)} ${describeCell(cell)} ×${cell.count}\n`,
  );
  const samples = (phase.samples ?? []).map(
    (sample) => `    SAMPLE  ${sample.from} → ${sample.to} ×${sample.n}: ${describeExpectation(sample.expect)}\n`,
  );
  return `  phase "${phase.name}"${phase.control === true ? ' (control)' : ''}: ${objects}\n${[...cells, ...samples].join('')}`;
}
