import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hashKey, imageKey } from '../../../src/images/keys.js';
import { goVersion } from '../../../src/images/pins.js';
import type { ImageRecipe } from '../../../src/images/recipe.js';

const RECIPE: ImageRecipe = {
  ref: 'example/app:1',
  base: 'runtime',
  files: [{ source: { kind: 'envoy' }, target: '/usr/local/bin/envoy' }],
  entrypoint: ['/usr/local/bin/envoy'],
};

describe('keys of images', () => {
  it('depend on everything that goes in', () => {
    const variants: ImageRecipe[] = [
      RECIPE,
      { ...RECIPE, base: 'shell' },
      { ...RECIPE, base: 'scratch' },
      { ...RECIPE, files: [] },
      { ...RECIPE, files: [{ source: { kind: 'envoy' }, target: '/envoy' }] },
      { ...RECIPE, files: [{ source: { kind: 'node' }, target: '/usr/local/bin/envoy' }] },
      { ...RECIPE, files: [{ source: { kind: 'package', path: 'package.json' }, target: '/usr/local/bin/envoy' }] },
      { ...RECIPE, entrypoint: ['/bin/sh'] },
      { ...RECIPE, user: '65532' },
      { ...RECIPE, env: { A: '1' } },
      { ...RECIPE, env: { A: '2' } },
    ];
    assert.equal(new Set(variants.map(imageKey)).size, variants.length);
  });

  it('do not depend on the name', () => {
    assert.equal(imageKey({ ...RECIPE, ref: 'other:2', published: 'somewhere/else:3' }), imageKey(RECIPE));
  });

  it('tell programs of one module apart', () => {
    const module = 'sigs.k8s.io/kind';
    const key = (program: string): string =>
      imageKey({
        ...RECIPE,
        files: [
          {
            source: { kind: 'go', programs: { module, version: goVersion(module), packages: [module] }, program },
            target: '/program',
          },
        ],
      });
    assert.notEqual(key('a'), key('b'));
  });

  it('refuse a module that is not pinned at that version', () => {
    const programs = { module: 'sigs.k8s.io/kind', version: 'v0.0.1', packages: [] };
    const source = { kind: 'go', programs, program: 'kind' } as const;
    assert.throws(
      () => imageKey({ ...RECIPE, files: [{ source, target: '/kind' }] }),
      /does not pin .*kind at v0\.0\.1/,
    );
  });

  it('say what to do when a bundle is not built yet', () => {
    const source = { kind: 'package', path: 'dist/images/not-there.mjs' } as const;
    assert.throws(() => imageKey({ ...RECIPE, files: [{ source, target: '/app' }] }), { code: 'E_NO_BUNDLE' });
  });

  it('are stable and well distributed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        assert.equal(hashKey(a), hashKey(structuredClone(a)));
        if (JSON.stringify(a) !== JSON.stringify(b)) assert.notEqual(hashKey(a), hashKey(b));
        assert.match(hashKey(a), /^[0-9a-f]{20}$/);
      }),
    );
  });
});
