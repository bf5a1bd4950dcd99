// Which case catches which defect? Usage: node scripts/fault-table.mjs [--all-cases] [fault…]
// For every fault of the reference mesh: one run of the cases that name it (with --all-cases, of the whole core profile), prints
// what caught it and writes docs/faults.md (only when all faults were run). Exit code 1 when a fault goes unnoticed, or unnoticed
// by a case that names it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, askCli, callCli, readReport, requireBuild, seconds, withTempDir } from './cli.mjs';

const DOCUMENT = join(ROOT, 'docs/faults.md');
const RUN = ['run', '--mesh', 'reference', '--env', 'local', '--profile', 'core', '--seed', '1'];

async function tryFault({ name, description }, dir) {
  const out = join(dir, name);
  const naming = records.filter(({ catches, profiles }) => catches.includes(name) && profiles.includes('core'));
  const selection = allCases ? [] : ['--case', ...naming.map(({ id }) => id)];
  const { code, stderr, ms } = await callCli([...RUN, ...selection, '--fault', name, '--out', out]);
  if (code !== 0 && code !== 1) console.error(stderr.trim().split('\n').slice(-3).join('\n'));
  const { cases } = readReport(out);
  const verdicts = new Map(cases.map(({ id, verdict }) => [id, verdict]));
  const declared = cases.filter(({ catches = [] }) => catches.includes(name)).map(({ id }) => id);
  const failed = cases.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
  return {
    name,
    description,
    code,
    ms,
    verdicts,
    caught: declared.filter((id) => failed.includes(id)),
    missed: declared.filter((id) => !failed.includes(id)),
    undeclared: failed.filter((id) => !declared.includes(id)),
  };
}

const listIds = (ids) => (ids.length === 0 ? 'none' : ids.join(', '));

function printResult({ name, code, ms, caught, missed, undeclared, verdicts }) {
  console.log(`${name}  exit ${code}  ${seconds(ms)}`);
  console.log(`  caught by ${caught.length}: ${listIds(caught)}`);
  if (undeclared.length > 0) console.log(`  failing as well, undeclared: ${listIds(undeclared)}`);
  if (missed.length > 0)
    console.log(`  NOT CAUGHT by: ${missed.map((id) => `${id} (${verdicts.get(id)})`).join(', ')}`);
}

function markOf({ caught, missed }, id) {
  if (caught.includes(id)) return '✗';
  return missed.includes(id) ? '•' : '';
}

const tableRow = (cells) => `| ${cells.join(' | ')} |`;

function renderDocument(results, cases) {
  const rows = cases.filter(({ id }) => results.some((result) => markOf(result, id) !== ''));
  const undeclared = results.filter((result) => result.undeclared.length > 0);
  return [
    '# Which case catches which fault',
    '',
    'Every fault is a deliberate defect of the reference mesh (`meshgauge run --fault NAME`). A case that names a fault must fail on it.',
    `Written by \`node scripts/fault-table.mjs${allCases ? ' --all-cases' : ''}\`: for each fault one run of ${allCases ? 'the core profile' : 'the cases that name it'}, seed 1.`,
    '',
    '✗ caught · • declared, but not caught',
    '',
    tableRow(['fault', 'defect', 'exit code', 'caught by']),
    tableRow(['---', '---', '---', '---']),
    ...results.map(({ name, description, code, caught }) =>
      tableRow([`\`${name}\``, description, code, `${caught.length} cases`]),
    ),
    '',
    '## Fault × case',
    '',
    tableRow(['case', ...results.map(({ name }) => name)]),
    tableRow(['---', ...results.map(() => ':-:')]),
    ...rows.map(({ id, title }) => tableRow([`${id} ${title}`, ...results.map((result) => markOf(result, id))])),
    '',
    ...(undeclared.length === 0
      ? []
      : [
          '## Failing without naming the fault',
          '',
          'Side effects of a defect, seen by cases that are about something else.',
          '',
          ...undeclared.map((result) => `- \`${result.name}\`: ${listIds(result.undeclared)}`),
          '',
        ]),
  ].join('\n');
}

requireBuild();
const drivers = await askCli(['drivers']);
const faults = drivers.find(({ name }) => name === 'reference').faults;
const allCases = process.argv.includes('--all-cases');
const records = await askCli(['explain']);
const wanted = process.argv.slice(2).filter((arg) => arg !== '--all-cases');
const unknown = wanted.filter((name) => !faults.some((fault) => fault.name === name));
if (unknown.length > 0) {
  console.error(`no fault is called ${unknown.join(', ')}; known: ${faults.map(({ name }) => name).join(', ')}`);
  process.exit(4);
}
const results = await withTempDir(async (dir) => {
  const done = [];
  for (const fault of faults.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    done.push(await tryFault(fault, dir));
    printResult(done.at(-1));
  }
  return done;
});
if (wanted.length === 0) {
  mkdirSync(join(ROOT, 'docs'), { recursive: true });
  writeFileSync(DOCUMENT, renderDocument(results, records));
  console.log('written: docs/faults.md');
}
const bad = results.filter(({ code, missed }) => code !== 1 || missed.length > 0);
console.log(
  bad.length === 0
    ? `${results.length} faults, every one caught by all cases that name it`
    : `not as declared: ${bad.map(({ name }) => name).join(', ')}`,
);
process.exitCode = bad.length === 0 ? 0 : 1;
