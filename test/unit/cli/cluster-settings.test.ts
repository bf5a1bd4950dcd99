import assert from 'node:assert/strict';
import { clusterSettings } from '../../../src/cli/cluster-settings.js';

describe('settings of clusters', () => {
  it('are those of the environment, flags before configuration', () => {
    const config = { nodeImage: 'a:1', kubeconfig: '/k', context: 'c' };
    assert.deepEqual(clusterSettings('kind', { nodeImage: 'b:1' }, config), { nodeImage: 'b:1' });
    assert.deepEqual(clusterSettings('existing', { yesThisCluster: true }, config), { kubeconfig: '/k', context: 'c' });
    assert.deepEqual(clusterSettings('local', {}, config), {});
  });

  it('are refused where they mean nothing: all at once', () => {
    assert.throws(() => clusterSettings('local', { kubeconfig: '/k', k3sImage: 'k:1' }, {}), {
      code: 'E_ENV_OPTION',
      exitCode: 4,
      message: /--kubeconfig belongs to --env existing, not to local; --k3s-image belongs to --env k3s/,
    });
    assert.throws(() => clusterSettings('kind', { yesThisCluster: true }, {}), { code: 'E_ENV_OPTION' });
  });

  it('of a cluster that is there already cannot be chosen', () => {
    assert.throws(() => clusterSettings('kind', { cluster: 'demo', kubernetesVersion: '1.34.4' }, {}), {
      code: 'E_ENV_OPTION',
      message: /--cluster demo is there already, so --kubernetes-version cannot be chosen/,
    });
  });
});
