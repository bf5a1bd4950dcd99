// Writes docs/readings.md from reports/published: which reading of an ambiguous text (class A) each mesh takes; with --check only says
// whether it is stale.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './cli.mjs';
import { publishedReports } from './published.mjs';

const PAGE = join(ROOT, 'docs/readings.md');
const MESHES = ['reference', 'osm', 'istio'];

const runs = (await publishedReports()).filter(({ run }) => run.profile === 'full');
const columns = MESHES.flatMap((name) => runs.find(({ mesh }) => mesh.name === name) ?? []);
const ambiguous = new Map(
  columns.flatMap(({ cases }) => cases.filter((one) => one.class === 'A').map((one) => [one.id, one.title])),
);

const escape = (text) => text.replaceAll('|', '\\|');
const cell = ({ cases }, id) => {
  const found = cases.find((one) => one.id === id);
  if (found === undefined) return '–';
  return escape(found.verdict === 'recorded' ? (found.variant ?? found.reason) : `${found.verdict}: ${found.reason}`);
};
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = [
  row([
    'case',
    'question',
    ...columns.map(({ mesh, environment }) => `${mesh.name} ${mesh.version} (${environment.name})`),
  ]),
  row(['---', '---', ...columns.map(() => '---')]),
  ...[...ambiguous].sort().map(([id, title]) => row([id, escape(title), ...columns.map((column) => cell(column, id))])),
];
const page = `# Which reading each mesh takes

Where SMI is ambiguous or silent (class A) nothing fails by the reading that a mesh takes: it is recorded, with evidence. This page is
made of the [published reports](../reports/published) of the full profile by \`node scripts/readings.mjs\`; \`meshgauge compare\` sets
any other runs side by side in the same way.

${table.join('\n')}
`;

if (!process.argv.includes('--check')) await writeFile(PAGE, page);
else if ((await readFile(PAGE, 'utf8').catch(() => '')) !== page) {
  console.error('docs/readings.md is stale: node scripts/readings.mjs');
  process.exit(1);
}
