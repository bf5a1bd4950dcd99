import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PACKAGE_ROOT } from '../../../src/package-root.js';
import { listFiles } from './list-files.js';

const read = (path: string): string => readFileSync(join(PACKAGE_ROOT, path), 'utf8');
const ROOMS = ['src', 'drivers', 'reports', 'suites', 'fixtures', 'scripts/images'];
/** A code is always written as a whole string. */
const CODE = /(['"`])(E_[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)\1/g;

const codes = new Set(
  ROOMS.flatMap((room) => listFiles(room, '.ts')).flatMap((file) =>
    [...read(file).matchAll(CODE)].map(([, , code]) => code ?? ''),
  ),
);
const pages = new Map(listFiles('docs/errors', '.md').map((path) => [basename(path, '.md'), path]));

describe('pages of error codes', () => {
  it('finds codes at all', () => assert.ok(codes.size > 50, `only ${codes.size}`));

  it('there is one for every code, and none for a code that is gone', () => {
    assert.deepEqual([...pages.keys()].sort(), [...codes].sort());
  });

  for (const [code, path] of pages) {
    it(`${code}: says what happened, why, and how to fix it, in few lines`, () => {
      const lines = read(path).trimEnd().split('\n');
      assert.equal(lines[0], `# ${code}`);
      for (const heading of ['What happened', 'Why', 'How to fix it'])
        assert.ok(
          lines.some((line) => line.startsWith(`**${heading}.** `)),
          `${path}: ${heading}`,
        );
      assert.ok(
        lines.some((line) => /^Exit code: .*[0-4]/.test(line)),
        `${path}: exit code`,
      );
      assert.ok(lines.length <= 15, `${path} has ${lines.length} lines`);
    });
  }
});
