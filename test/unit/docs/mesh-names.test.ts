import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../../src/package-root.js';
import { listFiles } from './list-files.js';

/** The engine, the cases and the reports must treat all meshes alike, so they cannot name one. */
const MESHES =
  /\b(osm|open service mesh|istio|linkerd|consul|traefik|kuma|cilium|nginx service mesh|meshery|app ?mesh)\b/i;
const ROOMS = ['src', 'suites', 'reports'];

function mentions(file: string): readonly string[] {
  return readFileSync(join(PACKAGE_ROOT, file), 'utf8')
    .split('\n')
    .flatMap((line, index) => (MESHES.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : []));
}

describe('names of meshes', () => {
  it('would be found', () => assert.match('as Istio does', MESHES));

  for (const room of ROOMS) {
    it(`do not occur in ${room}/`, () => {
      const files = listFiles(room, '.ts');
      assert.ok(files.length > 5, `only ${files.length} files in ${room}/`);
      assert.deepEqual(files.flatMap(mentions), []);
    });
  }
});
