// Builds dist/ from a fresh clone: xDS types, then everything, then the bundles that go into images.
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bundlePrograms } from './bundle.mjs';
import { generateXds } from './xds/generate.mjs';

const ROOT = dirname(import.meta.dirname);
const COMMAND = join(ROOT, 'dist/src/cli/main.js');

try {
  generateXds();
} catch (error) {
  console.error(`build: ${error.message}`);
  process.exit(1);
}
rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
try {
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
} catch (error) {
  process.exit(error.status ?? 1); // tsc has said what is wrong
}
chmodSync(COMMAND, 0o755);
await bundlePrograms();
