/**
 * docs/cases/: a page for each area, made from the case records. Usage: npx tsx scripts/case-pages.ts [--check]
 * With --check nothing is written, and pages that are not what the records say end it with exit code 1.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { CLASS_MEANING } from '../reports/words.js';
import { factsOf } from '../src/cases/case-facts.js';
import type { Area, CaseRecord, Phase } from '../src/cases/case.js';
import { describeCell } from '../src/judge/cells.js';
import { describeExpectation } from '../src/judge/describe-expectation.js';
import { PACKAGE_ROOT } from '../src/package-root.js';
import { CASES } from '../suites/index.js';

const DIR = join(PACKAGE_ROOT, 'docs/cases');
const TITLES: Readonly<Record<Area, string>> = {
  access: 'Access: who may reach whom',
  specs: 'Route specs: what a route matches',
  split: 'Traffic split: which backend answers',
  identity: 'Identity: who a workload is',
  metrics: 'Traffic metrics',
  crd: 'API objects: what is admitted and stored',
};

const escape = (text: string): string => text.replace(/[\\`*_<>|[\]#]/g, '\\$&');

function page(area: Area, cases: readonly CaseRecord[]): string {
  const rows = cases.map(
    ({ id, class: tier, title }) => `| [${id}](#${id.toLowerCase()}) | ${tier} | ${escape(title)} |`,
  );
  return [
    `# ${TITLES[area]}`,
    '',
    `Made from the case records by \`npx tsx scripts/case-pages.ts\`. Class M: ${CLASS_MEANING.M}. X: ${CLASS_MEANING.X}. A: ${CLASS_MEANING.A}.`,
    '',
    '| case | class | what it shows |',
    '| --- | --- | --- |',
    ...rows,
    ...cases.flatMap(describeCase),
  ].join('\n');
}

function describeCase(record: CaseRecord): readonly string[] {
  const { id, title, phases = [] } = record;
  const facts = factsOf(record).map(([label, words]) => `- ${label}: ${escape(words)}`);
  return ['', `## ${id}`, '', `**${escape(title)}**`, '', ...facts, ...phases.flatMap(describePhase)];
}

function describePhase({ name, control, objects, cells = [], samples = [] }: Phase): readonly string[] {
  const named = objects.map(({ kind, metadata }) => `\`${kind} ${metadata.name}\``).join(', ') || 'no objects';
  return [
    '',
    `Phase “${escape(name)}”${control === true ? ', the control' : ''}: ${named}`,
    '',
    ...cells.map((cell) => `- ${cell.expect}: ${escape(describeCell(cell))}, ${cell.count} times`),
    ...samples.map(
      ({ from, to, n, expect }) =>
        `- sample: ${escape(`${from} → ${to}, up to ${n} times: ${describeExpectation(expect)}`)}`,
    ),
  ];
}

const stale: string[] = [];
for (const area of Object.keys(TITLES) as Area[]) {
  const cases = CASES.filter((one) => one.area === area);
  if (cases.length === 0) continue;
  const path = join(DIR, `${area}.md`);
  const text = await format(page(area, cases), { ...(await resolveConfig(path)), filepath: path });
  if (process.argv.includes('--check')) {
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) stale.push(path);
    continue;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  process.stdout.write(`${path}\n`);
}
if (stale.length > 0) {
  process.stderr.write(`not what the case records say: ${stale.join(', ')}; run npx tsx scripts/case-pages.ts\n`);
  process.exitCode = 1;
}
