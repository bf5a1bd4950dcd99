import assert from 'node:assert/strict';
import { createAuthority } from '../../../../src/certificates/authority.js';
import { ControlPlane } from '../../../../drivers/reference/control-plane.js';
import { createFaults } from '../../../../drivers/reference/faults/index.js';
import type { MutateResources } from '../../../../drivers/reference/mutate-resources.js';
import { moveApp } from '../../../../drivers/reference/sidecar.js';
import { AdsServer } from '../../../../drivers/reference/xds/ads-server.js';
import { TYPE } from '../../../../drivers/reference/xds/resource.js';
import { ClusterStore } from '../../../../src/environments/local/cluster-store.js';
import type { Pod } from '../../../../src/mesh/driver.js';
import { LATEST_PROFILE, type SmiObject } from '../../../../src/smi/model.js';
import { renderSmi } from '../../../../src/smi/render/index.js';
import { group, pod, target, TRUST_DOMAIN } from './world.js';

/** A control plane with a real API and a real xDS server, and nobody connected to it. */
async function start(options: { faults?: string[]; mutateResources?: MutateResources } = {}) {
  const api = new ClusterStore({
    open: async (spec) => ({ ...spec, physicalPorts: new Map() }),
    close: async () => undefined,
  });
  api.addNamespaces(['ns1', 'ns2']);
  const authority = await createAuthority(TRUST_DOMAIN);
  const tls = await authority.issue({ spiffeId: `spiffe://${TRUST_DOMAIN}/control-plane`, ttlMs: 60_000 });
  const ads = await AdsServer.listen({ host: '127.0.0.1', port: 0, tls: { ...tls, caPem: authority.caPem } });
  const { mutateResources } = options;
  const controlPlane = new ControlPlane({
    interception: 'address',
    api,
    ads,
    authority,
    faults: createFaults(options.faults ?? []),
    ...(mutateResources && { mutateResources }),
  });
  const apply = async (object: SmiObject): Promise<void> => {
    const { manifest } = renderSmi(object, LATEST_PROFILE);
    assert.ok(manifest);
    const outcome = await api.apply(manifest);
    assert.ok(outcome.accepted);
  };
  const add = async (each: Pod): Promise<void> => {
    await controlPlane.addProxy(`${each.namespace}/${each.name}`, each, moveApp(each));
    api.addPod(each);
  };
  const served = (id: string, typeUrl: string): string[] =>
    (
      controlPlane
        .proxies()
        .find((proxy) => proxy.id === id)
        ?.snapshot.get(typeUrl as typeof TYPE.route) ?? []
    ).map(({ name, version }) => `${name}@${version}`);
  const stop = async (): Promise<void> => {
    controlPlane[Symbol.dispose]();
    await ads[Symbol.asyncDispose]();
  };
  return { api, controlPlane, apply, add, served, [Symbol.asyncDispose]: stop };
}

const G = group('g', [{ name: 'a', pathRegex: '/a' }]);

describe('reference mesh: control plane', () => {
  it('serves a change to the proxies it concerns, and to no other', async () => {
    await using mesh = await start();
    await mesh.add(pod('s'));
    await mesh.add(pod('c1'));
    const before = [
      mesh.served('ns1/s', TYPE.route),
      mesh.served('ns1/c1', TYPE.route),
      mesh.served('ns1/s', TYPE.listener),
    ];
    await mesh.apply(G);
    await mesh.apply(target(['HTTPRouteGroup/g'], { source: 'c1' }));
    assert.notDeepEqual(mesh.served('ns1/s', TYPE.route), before[0]);
    assert.deepEqual(mesh.served('ns1/c1', TYPE.route), before[1]);
    assert.deepEqual(mesh.served('ns1/s', TYPE.listener), before[2]);
  });

  it('goes back to what it served before when a change is undone', async () => {
    await using mesh = await start();
    await mesh.add(pod('s'));
    await mesh.apply(G);
    const before = mesh.served('ns1/s', TYPE.route);
    await mesh.apply(target(['HTTPRouteGroup/g']));
    await mesh.api.delete({
      apiVersion: 'access.smi-spec.io/v1alpha3',
      kind: 'TrafficTarget',
      namespace: 'ns1',
      name: 't-c1',
    });
    assert.deepEqual(mesh.served('ns1/s', TYPE.route), before);
  });

  it('forgets the proxy of a deleted pod, but not the one that took its name', async () => {
    await using mesh = await start();
    const old = pod('s');
    await mesh.add(old);
    await mesh.controlPlane.addProxy('ns1/s', pod('s'), moveApp(old));
    mesh.api.removePod(old);
    assert.deepEqual(
      mesh.controlPlane.proxies().map(({ id }) => id),
      ['ns1/s'],
    );
    await mesh.add(pod('c1'));
    const [, last] = mesh.controlPlane.proxies();
    assert.ok(last);
    mesh.api.removePod(last.pod);
    assert.deepEqual(
      mesh.controlPlane.proxies().map(({ id }) => id),
      ['ns1/s'],
    );
  });

  it('keeps the failure of a hook for the next question, until the hook behaves', async () => {
    let isBroken = false;
    await using mesh = await start({
      mutateResources: ({ resources }) => {
        if (isBroken) throw new Error('boom');
        return resources;
      },
    });
    await mesh.add(pod('s'));
    isBroken = true;
    await mesh.apply(G);
    assert.throws(() => mesh.controlPlane.check(), /mutateResources.*proxy ns1\/s.*boom/);
    assert.match(mesh.controlPlane.problems().join(), /boom/);
    isBroken = false;
    await mesh.apply(target(['HTTPRouteGroup/g']));
    mesh.controlPlane.check();
  });

  it('gives the hook private copies: what it breaks in one proxy stays there', async () => {
    await using mesh = await start({
      mutateResources: ({ proxy, typeUrl, resources }) => {
        for (const each of resources)
          if (proxy.id === 'ns1/s' && typeUrl === TYPE.cluster) each['connectTimeout'] = '9s';
        return resources;
      },
    });
    await mesh.add(pod('s'));
    await mesh.add(pod('c1'));
    await mesh.api.applyService({
      name: 'x',
      namespace: 'ns1',
      selector: {},
      ports: [{ port: 80, targetPort: 80, protocol: 'http' }],
    });
    assert.notDeepEqual(mesh.served('ns1/s', TYPE.cluster).at(-1), mesh.served('ns1/c1', TYPE.cluster).at(-1));
  });

  it('keeps the first version of an object under stale-config', async () => {
    await using mesh = await start({ faults: ['stale-config'] });
    await mesh.add(pod('s'));
    await mesh.apply(G);
    await mesh.apply(target(['HTTPRouteGroup/g']));
    const first = mesh.served('ns1/s', TYPE.route);
    await mesh.apply(group('g', [{ name: 'a', pathRegex: '/b' }]));
    await mesh.api.delete({
      apiVersion: 'access.smi-spec.io/v1alpha3',
      kind: 'TrafficTarget',
      namespace: 'ns1',
      name: 't-c1',
    });
    assert.deepEqual(mesh.served('ns1/s', TYPE.route), first);
  });
});
