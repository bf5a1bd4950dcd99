import assert from 'node:assert/strict';
import { driver } from '../../../../drivers/istio/index.js';
import { IstioMesh, type IstioMeshParts } from '../../../../drivers/istio/installed-mesh.js';
import { modeObjects } from '../../../../drivers/istio/namespace-mode.js';
import { readOptions } from '../../../../drivers/istio/options.js';
import { COUNTING } from '../../../../drivers/istio/statistics.js';
import { accountLabels, metadataFor } from '../../../../drivers/istio/translate/names.js';
import { target } from '../../../../src/cases/objects.js';
import { clusterPlan } from '../../../../src/environments/cluster/pod-manifest.js';
import { createLocalEnvironment } from '../../../../src/environments/local/local-environment.js';
import type { Pod } from '../../../../src/mesh/driver.js';

describe('the driver for Istio', () => {
  it('reads its options and refuses what it does not know', () => {
    assert.deepEqual(readOptions({}), { mode: 'exact', adopt: false });
    assert.deepEqual(readOptions({ mode: 'plain', adopt: 'true' }), { mode: 'plain', adopt: true });
    for (const wrong of [{ mode: 'fast' }, { adopt: 'yes' }, { xds: 'delta' }])
      assert.throws(() => readOptions(wrong), { code: 'E_DRIVER_OPTION', exitCode: 4 });
  });

  it('reads its deviations, and claims no SMI version for its own', () => {
    assert.ok(Array.isArray(driver.deviations?.()));
    assert.ok(driver.environments.includes('kind'));
    assert.ok(Object.values(driver.versions).every((version) => version !== ''));
  });

  it('denies and allows by a list of rules, and demands or only takes mutual TLS', () => {
    const specs = (mode: Parameters<typeof modeObjects>[1]) => modeObjects('ns1', mode).map(({ spec }) => spec);
    assert.deepEqual(specs({ mtls: 'strict', access: 'deny' }), [{ mtls: { mode: 'STRICT' } }, { action: 'ALLOW' }]);
    assert.deepEqual(specs({ mtls: 'permissive', access: 'allow' }), [
      { mtls: { mode: 'PERMISSIVE' } },
      { action: 'ALLOW', rules: [{}] },
    ]);
  });

  it('makes names and labels that Kubernetes takes, however long those of the user are', () => {
    const long = 'a'.repeat(253);
    const { name } = metadataFor(target(long, { from: [], rules: [] }), 'ns1', 65_535);
    assert.ok(name.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name), name);
    const labels = [long, `${long.slice(1)}b`].map((account) => Object.values(accountLabels(account))[0] ?? '');
    assert.ok(labels.every((label) => label.length <= 63));
    assert.notEqual(labels[0], labels[1]);
  });

  for (const metrics of [true, false])
    it(`${metrics ? 'has' : 'does not have'} proxies keep the statistics of traffic when ${metrics ? '' : 'no '}metrics will be asked for`, async () => {
      const pod: Pod = {
        ...{ name: 'web', namespace: 'demo', serviceAccount: 'web', labels: {}, meshed: true, ports: [] },
        ...{ ip: '', dir: '/etc/meshgauge/pod', physicalPorts: new Map() },
      };
      const mesh = new IstioMesh({ cluster: {}, metrics } as unknown as IstioMeshParts);
      const { annotations } = await mesh.decorate({ ...clusterPlan(pod), annotations: { kept: 'yes' } });
      assert.deepEqual(annotations, { kept: 'yes', ...(metrics ? COUNTING : {}) });
    });

  it('says where it can be installed when there is no cluster', async () => {
    const env = createLocalEnvironment({ runId: 'istio-no-cluster', seed: 1, keep: false, log: () => undefined });
    try {
      assert.deepEqual(
        (await driver.preflight(env)).map(({ code }) => code),
        ['E_ENVIRONMENT_UNSUPPORTED'],
      );
      const options = { seed: 1, faults: [], options: {} };
      await assert.rejects(driver.install(env, options), { code: 'E_ENVIRONMENT_UNSUPPORTED', exitCode: 4 });
      await assert.rejects(driver.install(env, { ...options, faults: ['x'] }), {
        code: 'E_UNKNOWN_FAULT',
        exitCode: 4,
      });
    } finally {
      await env[Symbol.asyncDispose]();
    }
  });
});
