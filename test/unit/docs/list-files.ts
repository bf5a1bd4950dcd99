import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PACKAGE_ROOT } from '../../../src/package-root.js';

const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.cache', 'meshgauge-report', 'artifacts', 'gen']);

/** Paths, relative to the root of the package, of every file below `dir` whose name ends in `ending`. */
export function listFiles(dir: string, ending: string): readonly string[] {
  return readdirSync(join(PACKAGE_ROOT, dir), { withFileTypes: true })
    .filter(({ name }) => !NOT_OURS.has(name))
    .flatMap((entry) => {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) return listFiles(path, ending);
      return entry.name.endsWith(ending) ? [relative('.', path)] : [];
    })
    .sort();
}
