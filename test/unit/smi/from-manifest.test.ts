import assert from 'node:assert/strict';
import { HarnessError } from '../../../src/errors/harness-error.js';
import { fromManifest } from '../../../src/smi/from-manifest.js';
import type { KubeObject } from '../../../src/smi/model.js';

const metadata = { name: 'x', namespace: 'ns1', resourceVersion: '7', labels: { app: 'a' } };

describe('reading a stored object', () => {
  it('keeps name, namespace, labels and annotations only', () => {
    const object = fromManifest({ apiVersion: 'specs.smi-spec.io/v1alpha4', kind: 'TCPRoute', metadata });
    assert.deepEqual(object, {
      kind: 'TCPRoute',
      metadata: { name: 'x', namespace: 'ns1', labels: { app: 'a' } },
      ports: [],
    });
  });

  it('throws one error that names every problem', () => {
    const spec = { backends: [{ service: 1, weight: 0.5 }, null] };
    const poison: KubeObject = { apiVersion: 'split.smi-spec.io/v1alpha4', kind: 'TrafficSplit', metadata, spec };
    assert.throws(
      () => fromManifest(poison),
      (error) => {
        assert.ok(error instanceof HarnessError);
        assert.equal(error.code, 'E_SMI_MANIFEST');
        for (const part of [
          'spec.service is missing',
          'spec.backends[0].service',
          'spec.backends[0].weight',
          'spec.backends[1]',
        ]) {
          assert.ok(error.message.includes(part), `${part} in: ${error.message}`);
        }
        assert.ok(
          !error.message.includes('spec.backends[1].'),
          'the fields of what is no object are not named as well',
        );
        return true;
      },
    );
  });

  it('throws on a type it does not know and on objects of any shape', () => {
    assert.throws(
      () => fromManifest({ apiVersion: 'split.smi-spec.io/v9', kind: 'TrafficSplit', metadata }),
      /v9 is not a version/,
    );
    for (const spec of [
      null,
      [],
      'x',
      7,
      { matches: [[]] },
      { matches: [{ name: 'a', headers: [{ a: 'b', c: 'd' }] }] },
    ]) {
      const manifest: KubeObject = { apiVersion: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', metadata, spec };
      assert.throws(() => fromManifest(manifest), HarnessError, JSON.stringify(spec));
    }
  });

  it('does not take a leftover destination.port in v1alpha3 for a restriction', () => {
    const spec = { destination: { kind: 'ServiceAccount', name: 's', port: 80 }, rules: [], sources: [] };
    const object = fromManifest({ apiVersion: 'access.smi-spec.io/v1alpha3', kind: 'TrafficTarget', metadata, spec });
    assert.ok(object.kind === 'TrafficTarget' && object.destination.port === undefined);
  });

  it('names TrafficMetrics without metadata like their resource', () => {
    const manifest = {
      apiVersion: 'metrics.smi-spec.io/v1alpha1',
      kind: 'TrafficMetrics',
      resource: { kind: 'Pod', name: 'p', namespace: 'ns2' },
      timestamp: '2019-04-08T22:25:55Z',
      window: '30s',
      metrics: [],
    } as unknown as KubeObject;
    assert.deepEqual(fromManifest(manifest).metadata, { name: 'p', namespace: 'ns2' });
  });
});
