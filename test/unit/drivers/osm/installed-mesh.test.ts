import assert from 'node:assert/strict';
import { driver } from '../../../../drivers/osm/index.js';
import { OWN } from '../../../../drivers/osm/installation.js';
import { OsmMesh, type OsmMeshParts } from '../../../../drivers/osm/installed-mesh.js';
import { clusterPlan, podManifest } from '../../../../src/environments/cluster/pod-manifest.js';
import type { Pod } from '../../../../src/mesh/driver.js';
import { Teardown } from '../../../../src/run/teardown.js';
import { LATEST_PROFILE, type SmiObject } from '../../../../src/smi/model.js';
import { renderSmi } from '../../../../src/smi/render/index.js';

const WEB = { namespace: 'demo', name: 'web', port: 8080, protocol: 'http' } as const;

/** Only what these questions touch: nothing is asked of the cluster. */
function meshOf(teardown = new Teardown()): OsmMesh {
  const env = { address: () => ({ host: '10.96.0.7', port: 8080 }) } as unknown as OsmMeshParts['env'];
  return new OsmMesh({ driver, env, cluster: {} as OsmMeshParts['cluster'], installation: OWN, teardown });
}

describe('Open Service Mesh, installed', () => {
  it('reaches a service at its own address, by a name that is good in every namespace', () => {
    assert.deepEqual(meshOf().address(WEB), { host: '10.96.0.7', port: 8080, authority: 'web.demo:8080' });
  });

  it('introduces a TLS client by ALPN and server name', () => {
    assert.deepEqual(meshOf().handshake(WEB), { alpn: ['osm'], servername: 'web.demo.svc.cluster.local' });
  });

  for (const [meshed, wish] of [
    [true, 'enabled'],
    [false, 'disabled'],
  ] as const)
    it(`tells the injector about a pod that is ${meshed ? '' : 'not '}meshed`, async () => {
      const pod: Pod = {
        ...{ name: 'web', namespace: 'demo', serviceAccount: 'web', labels: {}, meshed, ports: [] },
        ...{ ip: '', dir: '/etc/meshgauge/pod', physicalPorts: new Map() },
      };
      const plan = await meshOf().decorate({ ...clusterPlan(pod), annotations: { kept: 'yes' } });
      const options = { images: { agent: 'agent' }, labels: {}, token: 't', secretName: 's' };
      assert.deepEqual(podManifest(plan, options).metadata['annotations'], {
        kept: 'yes',
        'openservicemesh.io/sidecar-injection': wish,
      });
    });

  it('takes SMI as it is', () => {
    const object: SmiObject = {
      kind: 'TCPRoute',
      metadata: { name: 'tcp', namespace: 'demo' },
      ports: [8300],
    };
    const { manifest } = renderSmi(object, LATEST_PROFILE);
    assert.ok(manifest);
    assert.deepEqual(meshOf().express([{ object, manifest }]), {
      objects: [manifest],
      faithfulness: [{ fidelity: 'native', reasons: [] }],
    });
  });

  it('is taken down once, and says what would not go', async () => {
    const teardown = new Teardown();
    let downs = 0;
    teardown.defer('the release', () => {
      downs += 1;
      throw new Error('held by a finalizer');
    });
    const mesh = meshOf(teardown);
    await assert.rejects(mesh[Symbol.asyncDispose](), /the release: held by a finalizer/);
    await mesh[Symbol.asyncDispose]();
    assert.equal(downs, 1);
  });
});
