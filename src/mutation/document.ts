/** The matrix as a page for people. */
import type { CaseRecord } from '../cases/case.js';
import type { FaultInfo } from '../mesh/driver.js';
import { explanationOf, findFlaws, markOf, names, type Mark, type Row } from './matrix.js';
import type { MutationOutcome } from './run.js';

/** One letter a cell. */
const SIGN: Readonly<Record<Mark, string>> = {
  caught: 'X',
  noticed: 'x',
  changed: '~',
  same: '=',
  untouched: '.',
  left: ' ',
};

const MEANING: readonly (readonly [Mark, string])[] = [
  ['caught', 'ran: the case names the fault and fails, or, where it cannot fail, records another reading'],
  ['noticed', 'ran: the case fails as well, without naming the fault'],
  ['changed', 'ran: the case proves nothing any more, or records another reading'],
  ['same', 'ran: the verdict is the one without the fault'],
  [
    'untouched',
    'not run: whatever the mesh heard, compiled and sent while the case ran without faults is the same with the fault',
  ],
  ['left', 'not run: the fault touches the case, which does not name it, and time was up'],
];

export function renderDocument({ matrix, timings }: MutationOutcome, facts: { readonly host: string }): string {
  const { rows, faults, seed } = matrix;
  const marks = new Map(rows.map((row) => [row, faults.map((fault) => markOf(matrix, row, fault))]));
  const all = [...marks.values()].flat();
  const count = (mark: Mark): number => all.filter((one) => one === mark).length;
  const flaws = findFlaws(matrix);
  return [
    '# Which case catches which fault',
    '',
    'Every fault is a deliberate defect of the reference mesh (`meshgauge run --fault NAME`); a case names those that must make it fail.',
    `Written by \`npm run mutation\`: ${rows.length} cases × ${faults.length} faults = ${all.length} cells, seed ${seed}, ${facts.host}.`,
    ...(matrix.isComplete.cases && matrix.isComplete.faults ? [] : ['', '**These are not all cases and faults.**']),
    '',
    ...table(
      ['', 'cells', 'how it was decided'],
      MEANING.map(([mark, words]) => [
        `\`${SIGN[mark] === ' ' ? '(blank)' : SIGN[mark]}\``,
        String(count(mark)),
        words,
      ]),
    ),
    '',
    `Time: ${Object.entries(timings)
      .map(([name, ms]) => `${name} ${Math.round(ms / 1000)} s`)
      .join(', ')}; ${Math.round(Object.values(timings).reduce((sum, ms) => sum + ms, 0) / 1000)} s in all.`,
    '',
    flaws.length === 0
      ? 'Every case of class M and X catches a fault, every fault is caught by a case that names it, and no other verdict changes without an explanation.'
      : `**Not as it should be:**\n\n${flaws.map((flaw) => `- ${oneLine(flaw)}`).join('\n')}`,
    '',
    '## Faults',
    '',
    ...table(
      ['', 'fault', 'defect', 'caught by', 'else noticed by'],
      faults.map((fault, index) => [
        String(index + 1),
        `\`${fault.name}\``,
        fault.description,
        idsWith(rows, (row) => marks.get(row)?.[index] === 'caught'),
        idsWith(rows, (row) => ['noticed', 'changed'].includes(marks.get(row)?.[index] ?? '')),
      ]),
    ),
    '',
    '## Why other cases notice a fault',
    '',
    ...faults.flatMap((fault) => explain(fault, rows, (row) => marks.get(row)?.[faults.indexOf(fault)] ?? 'left')),
    '',
    '## Cases',
    '',
    ...table(
      ['case', 'class', 'without faults', 'catches'],
      rows.map((row) => [
        `${row.record.id} ${row.record.title}`,
        row.record.class,
        row.control.verdict,
        faults
          .filter((_fault, index) => marks.get(row)?.[index] === 'caught')
          .map(({ name }) => `\`${name}\``)
          .join(', ') || 'none',
      ]),
    ),
    '',
    '## Matrix',
    '',
    'A column for each fault, by its number above.',
    '',
    '```text',
    ...header(faults.length),
    ...rows.map((row) => `${row.record.id} ${(marks.get(row) ?? []).map((mark) => SIGN[mark]).join('')}`.trimEnd()),
    '```',
    '',
  ].join('\n');
}

/** Only what was seen needs a reason. */
function explain(fault: FaultInfo, rows: readonly Row[], markAt: (row: Row) => Mark): readonly string[] {
  const noticing = rows.filter((row) => ['noticed', 'changed'].includes(markAt(row)) && !names(row.record, fault));
  const reasons = [...new Set(noticing.map(({ record }) => explanationOf(fault, record)))];
  return reasons.map((why) => {
    const ids = idsWith(noticing, ({ record }) => explanationOf(fault, record) === why);
    return `- \`${fault.name}\` (${ids}): ${why ?? '**nothing explains this**'}`;
  });
}

/** The numbers of columns, read downwards. */
function header(columns: number): readonly string[] {
  const numbers = Array.from({ length: columns }, (_, index) => String(index + 1).padStart(String(columns).length));
  const lines = Array.from({ length: String(columns).length }, (_, digit) =>
    numbers.map((number) => number[digit]).join(''),
  );
  return lines.map((line) => `       ${line}`.trimEnd());
}

/** `ACC-01, 02, 05; SPL-03`: the area is said once. */
function idsWith(rows: readonly Row[], isWanted: (row: Row) => boolean): string {
  const areas = new Map<string, string[]>();
  for (const { record } of rows.filter(isWanted)) {
    const [area, number] = splitId(record);
    areas.set(area, [...(areas.get(area) ?? []), number]);
  }
  return [...areas].map(([area, numbers]) => `${area}-${numbers.join(', ')}`).join('; ') || 'none';
}

function splitId({ id }: CaseRecord): readonly [string, string] {
  const [area = id, number = ''] = id.split('-');
  return [area, number];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

const oneLine = (text: string): string => text.replaceAll('\n', ' ');
