import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { PACKAGE_ROOT } from '../../src/package-root.js';

/** What each says of the configuration that an image would bring. */
const PROGRAMS = {
  agent: /usage/,
  'reference-control-plane': /config\.json/,
  'metrics-shim': /config\.json/,
};

describe('programs that go into images', function () {
  this.timeout(60_000);

  for (const [name, words] of Object.entries(PROGRAMS)) {
    it(`${name} starts where nothing of this repository is`, async () => {
      const dir = await mkdtemp(join(tmpdir(), 'mg-bundle-'));
      try {
        const program = join(dir, `${name}.mjs`);
        await copyFile(join(PACKAGE_ROOT, 'dist/images', `${name}.mjs`), program);
        const { stderr, exitCode } = await execa(process.execPath, [program], { cwd: dir, reject: false });
        assert.notEqual(exitCode, 0);
        assert.match(stderr, words);
        // It was read as a whole, and what it says is its own.
        assert.doesNotMatch(stderr, /ModuleJob/);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    });
  }
});
