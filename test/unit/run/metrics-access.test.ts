import assert from 'node:assert/strict';
import type { Environment } from '../../../src/environments/environment.js';
import type { InstalledMesh } from '../../../src/mesh/driver.js';
import { readAnswer } from '../../../src/metrics/read-answer.js';
import { MetricsAccess } from '../../../src/run/metrics-access.js';

const SPLIT = {
  apiVersion: 'split.smi-spec.io/v1alpha4',
  kind: 'TrafficSplit',
  metadata: { name: 'canary', namespace: 'shop' },
  spec: {
    service: 'web',
    backends: [
      { service: 'old', weight: 90 },
      { service: 'new', weight: 10 },
    ],
  },
};
const PATH = '/apis/metrics.smi-spec.io/v1alpha1/namespaces/shop/trafficsplits/canary';

/** A mesh that says splits in words of its own: the API has none. */
const env = {
  api: { pods: () => [], services: () => [], objects: () => [] },
  facts: () => ({ node: 'here' }),
} as unknown as Environment;

describe('where cases ask for traffic metrics', () => {
  it('knows the splits that are wanted, however the mesh says them', async () => {
    const mesh = { readTraffic: () => Promise.resolve([]) } as unknown as InstalledMesh;
    using access = new MetricsAccess(env, mesh);
    access.knows(() => [SPLIT]);
    const endpoint = await access.endpoint();
    assert.equal(endpoint.source, 'shim');
    const { status, body } = await endpoint.get(PATH);
    assert.equal(status, 200, JSON.stringify(body));
    const backends = readAnswer(body).map(({ metrics }) => metrics.backend?.name);
    assert.deepEqual(backends, ['old', 'new']);
  });

  it('says so when a mesh neither serves them nor counts', async () => {
    using access = new MetricsAccess(env, {} as InstalledMesh);
    await assert.rejects(access.endpoint(), { code: 'E_NO_METRICS' });
  });
});
