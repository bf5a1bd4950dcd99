/** The reports below reports/published, each with its folder, in order. */
import { readFile, readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { ROOT } from './cli.mjs';

const PUBLISHED = join(ROOT, 'reports/published');

export async function publishedReports() {
  const files = (await readdir(PUBLISHED, { recursive: true })).filter((file) => file.endsWith('report.json')).sort();
  return Promise.all(
    files.map(async (file) => ({
      folder: join(file, '..').split(sep).join('/'),
      ...JSON.parse(await readFile(join(PUBLISHED, file), 'utf8')),
    })),
  );
}
