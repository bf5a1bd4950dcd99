// Builds the static site from reports/published: node scripts/site.mjs [FOLDER]   (default: artifacts/site)
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { marked } from 'marked';
import { ROOT, requireBuild } from './cli.mjs';

requireBuild();
const { renderSite } = await import('../dist/reports/site/pages.js');
const { readReport } = await import('../dist/reports/store.js');

const PUBLISHED = join(ROOT, 'reports/published');
const target = process.argv[2] ?? join(ROOT, 'artifacts/site');
const files = (await readdir(PUBLISHED, { recursive: true })).filter((file) => file.endsWith('report.json')).sort();
const published = await Promise.all(
  files.map(async (file) => ({
    folder: dirname(file).split(sep).join('/'),
    report: await readReport(join(PUBLISHED, file)),
  })),
);
const markdown = await readFile(join(ROOT, 'docs/methodology.md'), 'utf8');
// Its own headings hang below that of the page; links to other documents lead nowhere from here.
const methodology = marked
  .parse(markdown.replace(/^# .*$/m, ''), { async: false })
  .replaceAll(/<a href="(?!https?:|#)[^"]*">(.*?)<\/a>/g, '$1');
const pages = renderSite({ published, methodology });
// Only what this script made before is cleared away.
if (process.argv[2] === undefined) await rm(target, { recursive: true, force: true });
for (const { name, content } of pages) {
  await mkdir(dirname(join(target, name)), { recursive: true });
  await writeFile(join(target, name), content);
}
console.log(`${pages.length} pages in ${target}`);
