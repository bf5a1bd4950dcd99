import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PACKAGE_ROOT } from '../../package-root.js';

/** How the agent is started on this host: compiled when we are compiled ourselves, from its source otherwise. */
export function agentCommand(configFile: string): { readonly command: string; readonly args: readonly string[] } {
  const compiled = join(PACKAGE_ROOT, 'dist', 'fixtures', 'agent', 'main.js');
  const isCompiled = fileURLToPath(import.meta.url).startsWith(join(PACKAGE_ROOT, 'dist/'));
  if (isCompiled && existsSync(compiled)) return { command: process.execPath, args: [compiled, configFile] };
  const source = join(PACKAGE_ROOT, 'fixtures', 'agent', 'main.ts');
  // As a URL: the agent's working directory is its pod's folder, where no package would be found.
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return { command: process.execPath, args: ['--import', loader, source, configFile] };
}
