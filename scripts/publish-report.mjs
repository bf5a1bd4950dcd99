// Publishes the report of a run under reports/published/<mesh>/<version>/, of a measurement in a folder below it that is named
// after what was measured and where (bench-kind): report.json, report.md and a README that says how to get the same again.
// Nothing is edited by hand: run it again after a new run, and `node scripts/headline.mjs` after that.
//   node scripts/publish-report.mjs DIR [NAME]      NAME: another folder than the mesh's name, such as reference-kind
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { renderMarkdown } from '../dist/reports/markdown.js';
import { readReport, renderJson } from '../dist/reports/store.js';

const ROOT = dirname(import.meta.dirname);
const [dir, name] = process.argv.slice(2);
if (dir === undefined) {
  console.error('usage: node scripts/publish-report.mjs DIR [NAME]');
  process.exit(4);
}

const MEASUREMENTS = ['bench', 'converge', 'scale'];
const JUDGED = `The verdicts are in [report.md](report.md), everything in [report.json](report.json). The evidence files that the report names are
made again by the command below; \`meshgauge judge DIR\` then gives the same verdicts from them.`;
const MEASURED = `The figures are in [report.md](report.md), everything in [report.json](report.json), with the machine they were measured on. The
raw files that the report names are made again by the command below; on another machine the figures are other ones.`;

/** What depends on the machine of the run, with the number of words it takes. */
const OWN_TO_THE_RUN = { '--out': 2, '--seed': 2, '--cluster': 2, '--keep': 1, '--json': 1 };

/** The command of the run with its seed, so that everybody who runs it does the same. */
function reproduce({ command, seed }) {
  // A report that has been published already says `npx` first.
  const all = command.split(' ');
  const words = all.slice(all.indexOf('meshgauge') + 1);
  for (const [flag, length] of Object.entries(OWN_TO_THE_RUN)) {
    const at = words.indexOf(flag);
    if (at >= 0) words.splice(at, length);
  }
  return ['npx meshgauge', ...words, '--seed', seed].join(' ');
}

try {
  const written = await readReport(join(dir, 'report.json'));
  // Where the run was made is nobody's business, and is of no use elsewhere.
  const report = { ...written, run: { ...written.run, command: reproduce(written.run) } };
  const { mesh, environment, harness, run, exit, summary } = report;
  const measured = MEASUREMENTS.includes(run.profile);
  const own = measured ? `${run.profile}-${environment.name}` : '';
  const target = join(ROOT, 'reports/published', name ?? mesh.name, mesh.version, own);
  await mkdir(target, { recursive: true });
  const reason = exit.reason[0].toUpperCase() + exit.reason.slice(1);
  const counts = Object.entries(summary).flatMap(([verdict, count]) => (count > 0 ? [`${count} ${verdict}`] : []));
  const readme = `# ${mesh.name} ${mesh.version} in \`${environment.name}\`

${counts.length === 0 ? reason : `${reason}: ${counts.join(', ')}`}.

Run ${run.id} on ${run.startedAt.slice(0, 10)} with meshgauge ${harness.version}${harness.commit === '' ? '' : ` (${harness.commit})`}, ${Math.round(run.durationMs / 1000)} s.
${measured ? MEASURED : JUDGED}

## Reproduce

\`\`\`sh
${run.command}
\`\`\`
`;
  await writeFile(join(target, 'README.md'), readme);
  await writeFile(join(target, 'report.md'), renderMarkdown(report));
  await writeFile(join(target, 'report.json'), renderJson(report));
  console.log(target);
} catch (error) {
  console.error(`publish-report: ${error.message}`);
  process.exit(error.exitCode ?? 3);
}
