import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSources } from '../../../scripts/images/debian.js';
import { wrapperModule } from '../../../scripts/images/go.js';
import { packLayer, sha256OfFile } from '../../../scripts/images/layer.js';
import { createLimit } from '../../../scripts/images/limit.js';
import { packImage } from '../../../scripts/images/assemble.js';
import { registryOf } from '../../../scripts/images/registries.js';
import { Workshop } from '../../../scripts/images/workshop.js';
import { cacheDir } from '../../../src/images/cache-dir.js';
import { HarnessError } from '../../../src/errors/harness-error.js';

describe('the image builder', () => {
  let dir: string;
  let shop: Workshop;
  let said: string[];
  const cacheBefore = process.env['XDG_CACHE_HOME'];
  const stop = new AbortController();

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'meshgauge-builder-'));
    process.env['XDG_CACHE_HOME'] = dir;
    said = [];
    shop = await Workshop.open({ log: (line) => said.push(line), signal: stop.signal });
  });

  after(async () => {
    await shop[Symbol.asyncDispose]();
    if (cacheBefore === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = cacheBefore;
    await rm(dir, { recursive: true, force: true });
  });

  it('makes a folder once, however many ask for it', async () => {
    let made = 0;
    const make = async (path: string): Promise<void> => {
      made += 1;
      await writeFile(join(path, 'result'), 'done');
    };
    const paths = await Promise.all([shop.folder('test', 'once', make), shop.folder('test', 'once', make)]);
    assert.equal(new Set(paths).size, 1);
    await using later = await Workshop.open({ log: () => undefined, signal: stop.signal });
    const [path = ''] = paths;
    assert.equal(await later.folder('test', 'once', make), path);
    assert.equal(await readFile(join(path, 'result'), 'utf8'), 'done');
    assert.equal(made, 1);
  });

  it('leaves nothing of a folder whose making failed, and makes it anew', async () => {
    const broken = shop.folder('test', 'again', async (path) => {
      await writeFile(join(path, 'half'), '');
      throw new Error('broken');
    });
    await assert.rejects(broken, /broken/);
    assert.equal(existsSync(cacheDir('build', 'test', 'again')), false);
    await using later = await Workshop.open({ log: () => undefined, signal: stop.signal });
    const path = await later.folder('test', 'again', (at) => writeFile(join(at, 'whole'), ''));
    assert.deepEqual(await readdir(path), ['whole']);
  });

  it('clears away what killed builds left, and nothing of builds that run', async () => {
    const aside = cacheDir('build', 'aside');
    // Greater than any process id that Linux gives out.
    await mkdir(join(aside, '4194305-dead'), { recursive: true });
    await mkdir(join(aside, `${process.pid}-alive`), { recursive: true });
    await using _later = await Workshop.open({ log: () => undefined, signal: stop.signal });
    assert.deepEqual(await readdir(aside), [`${process.pid}-alive`]);
  });

  it('names the step, the last lines and the log of a command that fails', async () => {
    const failing = shop.run('a step', 'bash', ['-c', 'echo first >&2; echo the reason >&2; exit 7']);
    await assert.rejects(failing, (error: unknown) => {
      assert.ok(error instanceof HarnessError);
      assert.equal(error.code, 'E_IMAGE_BUILD');
      assert.match(error.message, /^a step failed:[\s\S]*the reason$/);
      assert.ok(error.hint.includes(shop.logFile));
      return true;
    });
  });

  it('tells a full disk from other failures', async () => {
    const failing = shop.run('writing', 'bash', ['-c', 'echo "tar: x: No space left on device" >&2; exit 1']);
    await assert.rejects(failing, { code: 'E_DISK_FULL' });
  });

  it('makes the same layer of the same files, whenever they were written', async () => {
    const hashes = [];
    for (const name of ['one', 'two']) {
      const root = join(dir, name);
      await mkdir(join(root, 'tmp'), { recursive: true });
      await writeFile(join(root, name === 'one' ? 'a' : 'b'), 'first');
      await writeFile(join(root, name === 'one' ? 'b' : 'a'), 'first');
      await packLayer(shop, root, join(dir, `${name}.tar`));
      hashes.push(await sha256OfFile(join(dir, `${name}.tar`)));
    }
    assert.equal(hashes[0], hashes[1]);
  });

  it('packs an archive whose manifest names its configuration and layers', async () => {
    const work = await mkdtemp(join(dir, 'pack-'));
    const root = join(work, 'root');
    await mkdir(root);
    await writeFile(join(root, 'file'), 'content');
    await packLayer(shop, root, join(work, 'files.tar'));
    const config = { entrypoint: ['/file'], user: '65532', env: { A: 'b' }, labels: { 'meshgauge.dev/key': 'k' } };
    const archive = await packImage(shop, work, { ref: 'example/app:1', layers: [join(work, 'files.tar')], config });
    const out = join(work, 'out');
    await mkdir(out);
    await shop.run('unpacking', 'tar', ['-xf', archive, '-C', out]);
    const [entry] = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')) as [
      { Config: string; RepoTags: string[]; Layers: string[] },
    ];
    assert.deepEqual(entry.RepoTags, ['example/app:1']);
    assert.equal(entry.Config, `${await sha256OfFile(join(out, entry.Config))}.json`);
    const described = JSON.parse(await readFile(join(out, entry.Config), 'utf8')) as {
      config: { User: string; Env: string[]; Labels: Record<string, string> };
      rootfs: { diff_ids: string[] };
    };
    assert.deepEqual(described.rootfs.diff_ids, [`sha256:${await sha256OfFile(join(out, entry.Layers[0] ?? ''))}`]);
    assert.equal(described.config.User, '65532');
    assert.ok(described.config.Env.includes('A=b'));
    assert.deepEqual(described.config.Labels, { 'meshgauge.dev/key': 'k' });
  });

  it('never runs more than it may, and all of it in the end', async () => {
    const limit = createLimit(2);
    let running = 0;
    let most = 0;
    const results = await Promise.allSettled(
      [...Array(9).keys()].map((index) =>
        limit(async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
          if (index % 3 === 0) throw new Error('some fail');
          return index;
        }),
      ),
    );
    assert.equal(most, 2);
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 6);
  });

  it('takes the mirrors of one suite from the sources of this machine', () => {
    const text = `Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates trixie
Components: main
Signed-By: /keys/debian.gpg

Types: deb
URIs: http://other.example/apt
Suites: cloud-sdk-bookworm
Components: main`;
    assert.deepEqual(readSources(text, 'bookworm'), [
      'deb [signed-by=/keys/debian.gpg] http://mirror.example/debian bookworm main',
      'deb [signed-by=/keys/debian.gpg] http://mirror.example/debian bookworm-updates main',
    ]);
    assert.deepEqual(readSources('', 'bookworm'), []);
  });

  it('requires a module from a module of its own, with its language version and the modules published from its folders', () => {
    const goMod = `module example.org/big

go 1.24.0

godebug default=go1.24

require example.org/other v1.0.0

replace (
	example.org/api => ./staging/src/example.org/api
	example.org/fork => example.org/fork2 v1.2.3
)
`;
    assert.equal(
      wrapperModule(goMod, { module: 'example.org/big', version: 'v1.34.4', packages: [] }),
      `module meshgauge.dev/build
go 1.24.0
godebug default=go1.24
require example.org/big v1.34.4
replace example.org/api => example.org/api v0.34.4
`,
    );
  });

  it('knows the registry of a reference', () => {
    assert.equal(registryOf('envoyproxy/envoy:v1'), 'default');
    assert.equal(registryOf('busybox'), 'default');
    assert.equal(registryOf('registry.example/team/app:1'), 'registry.example');
    assert.equal(registryOf('localhost:5000/app'), 'localhost:5000');
  });
});
