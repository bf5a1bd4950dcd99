// Prints the path of the Envoy that a run here would use, downloading the pinned one if there is none.
import { homedir } from 'node:os';
import { join } from 'node:path';

const { resolveEnvoy } = await import('../dist/drivers/reference/envoy/binary.js').catch(() => {
  console.error('get-envoy: dist/ is missing: run `npm run build` first');
  process.exit(1);
});

try {
  const { path, version, source } = await resolveEnvoy({
    flag: process.argv[2],
    env: process.env,
    cacheDir: process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    onProgress: (line) => console.error(line),
  });
  console.error(`Envoy ${version} (${source})`);
  console.log(path);
} catch (error) {
  console.error(`${error.code}: ${error.message}\n${error.hint}`);
  process.exit(error.exitCode ?? 1);
}
