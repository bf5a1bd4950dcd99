import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { driver } from '../../../../drivers/osm/index.js';
import { readOptions } from '../../../../drivers/osm/options.js';
import { IMAGES } from '../../../../drivers/osm/versions.js';
import { createLocalEnvironment } from '../../../../src/environments/local/local-environment.js';
import { HarnessError } from '../../../../src/errors/harness-error.js';
import { PACKAGE_ROOT } from '../../../../src/package-root.js';

const isBadInput = (code: string) => (error: unknown) =>
  error instanceof HarnessError && error.code === code && error.exitCode === 4;

describe('driver osm', () => {
  it('can make every image that it needs, and never asks for `latest`, which would be pulled', () => {
    const recipes = driver.images?.().map(({ ref }) => ref) ?? [];
    for (const image of IMAGES) {
      assert.ok(recipes.includes(image), image);
      assert.match(image, /:(?!latest$)[^:]+$/);
    }
  });

  it('reads its list of deviations', () => assert.ok(Array.isArray(driver.deviations?.())));

  it('asks the chart for denial by default, and for no WebAssembly', () => {
    const text = readFileSync(join(PACKAGE_ROOT, 'drivers/osm/values.yaml'), 'utf8');
    const { osm } = parse(text) as { osm: Record<string, unknown> };
    assert.equal(osm['enablePermissiveTrafficPolicy'], false);
    assert.deepEqual(osm['featureFlags'], { enableWASMStats: false });
  });

  it('says at once that a place without Kubernetes will not do', async () => {
    await using env = createLocalEnvironment({ runId: 'osm-local', seed: 1, keep: false, log: () => undefined });
    assert.deepEqual(
      (await driver.preflight(env)).map(({ code }) => code),
      ['E_ENVIRONMENT_UNSUPPORTED'],
    );
    const install = (faults: readonly string[]) => driver.install(env, { seed: 1, faults, options: {} });
    await assert.rejects(install([]), isBadInput('E_ENVIRONMENT_UNSUPPORTED'));
    await assert.rejects(install(['deaf']), isBadInput('E_UNKNOWN_FAULT'));
  });
});

describe('options of the driver osm', () => {
  it('have defaults', () => assert.deepEqual(readOptions(), { adopt: false, readyDeadlineMs: 180_000 }));

  it('are read', () => {
    const file = join(PACKAGE_ROOT, 'drivers/osm/values.yaml');
    assert.deepEqual(readOptions({ adopt: 'true', 'ready-timeout': '20', values: file }), {
      adopt: true,
      readyDeadlineMs: 20_000,
      valuesFile: file,
    });
  });

  for (const options of [
    { adopt: 'yes' },
    { 'ready-timeout': 'soon' },
    { 'ready-timeout': '0' },
    { values: 'no/such.yaml' },
  ])
    it(`${JSON.stringify(options)} is bad input`, () => {
      assert.throws(() => readOptions(options), isBadInput('E_DRIVER_OPTION'));
    });
});
