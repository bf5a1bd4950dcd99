// Bundles the programs that run inside images into one file each: dist/images/*.mjs. `node scripts/bundle.mjs [name…]` does only that.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const ROOT = dirname(import.meta.dirname);
const PROGRAMS = {
  agent: 'fixtures/agent/main.ts',
  'reference-control-plane': 'drivers/reference/in-cluster/main.ts',
  'metrics-shim': 'drivers/envoy/metrics-shim.ts',
};
/** CommonJS packages inside an ES module look for these. */
const BANNER = `import { createRequire as __createRequire } from 'node:module';
import { dirname as __pathDirname } from 'node:path';
import { fileURLToPath as __toPath } from 'node:url';
const require = __createRequire(import.meta.url), __filename = __toPath(import.meta.url), __dirname = __pathDirname(__filename);`;

/** The same sources give the same bytes, whatever the folder of the repository is called. */
export async function bundlePrograms(names = Object.keys(PROGRAMS)) {
  const entryPoints = Object.fromEntries(
    names.filter((name) => existsSync(join(ROOT, PROGRAMS[name]))).map((name) => [name, PROGRAMS[name]]),
  );
  await build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir: 'dist/images',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: { js: BANNER },
    legalComments: 'eof',
    logLevel: 'warning',
    loader: { '.yaml': 'text' },
  });
}

if (process.argv[1] === import.meta.filename) {
  const names = process.argv.slice(2);
  await bundlePrograms(names.length > 0 ? names : undefined);
}
