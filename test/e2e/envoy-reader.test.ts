import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { readEnvoyProxy } from '../../drivers/envoy/read-proxy.js';
import { TYPE } from '../../drivers/envoy/resource-type.js';
import { adminSocket } from '../../drivers/reference/sidecar.js';
import type { ProxyInfo } from '../../src/mesh/driver.js';
import { ReferenceFixture } from './reference-fixture.js';
import { EVERYTHING } from './reference-words.js';

describe('reading a real Envoy through its admin interface', function () {
  this.timeout(60_000);

  it('sees the versions, certificates and refusals that its control plane saw', async () => {
    let isBroken = false;
    await using fixture = await ReferenceFixture.start('envoy-reader', {
      mutateResources: ({ typeUrl, resources }) =>
        typeUrl === TYPE.listener && isBroken
          ? resources.map((each) => ({ ...each, listenerFilters: [{ name: 'x' }] }))
          : resources,
    });
    await fixture.service('s', { app: 's' });
    await fixture.startPods('c1', 's');
    const pod = fixture.pods.get('c1')?.pod;
    assert.ok(pod);
    const read = (): Promise<ProxyInfo> =>
      readEnvoyProxy({
        kube: { connect: async () => connect(adminSocket(pod)) },
        namespace: pod.namespace,
        pod: pod.name,
        adminPort: 0,
      });
    const known = async (): Promise<ProxyInfo | undefined> =>
      (await fixture.mesh.proxies()).find((proxy) => proxy.pod === 'c1');

    const sound = await read();
    assert.deepEqual(sound.rejected, []);
    assert.equal(sound.acknowledged[TYPE.listener], (await known())?.acknowledged[TYPE.listener]);
    assert.equal(sound.acknowledged[TYPE.cluster], (await known())?.acknowledged[TYPE.cluster]);
    assert.deepEqual(sound.certificates?.[0]?.names, ['spiffe://meshgauge.local/ns/ns1/sa/c1']);
    assert.ok((sound.residentBytes ?? 0) > 1_000_000);
    assert.equal(sound.stats?.['server.live'], 1);

    isBroken = true;
    await fixture.apply(EVERYTHING);
    await fixture.until('a refusal', async () => ((await known())?.rejected.length ?? 0) > 0);
    const broken = await read();
    assert.deepEqual(
      new Set(broken.rejected.map(({ type }) => type)),
      new Set((await known())?.rejected.map(({ type }) => type)),
    );
    assert.equal(broken.acknowledged[TYPE.listener], (await known())?.acknowledged[TYPE.listener]);
  });
});
