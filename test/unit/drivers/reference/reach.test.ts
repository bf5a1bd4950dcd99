import assert from 'node:assert/strict';
import { compileMesh } from '../../../../drivers/reference/compile.js';
import type { FaultHooks } from '../../../../drivers/reference/faults/fault.js';
import { createFaults, FAULTS, findFault } from '../../../../drivers/reference/faults/index.js';
import type { World } from '../../../../drivers/reference/policy/world.js';
import { Reach } from '../../../../drivers/reference/reach.js';
import type { Proxy } from '../../../../drivers/reference/resources/proxy.js';
import { packResource, TYPE, type Snapshot } from '../../../../drivers/reference/xds/resource.js';
import { LATEST_PROFILE, type KubeObject, type SmiObject } from '../../../../src/smi/model.js';
import { renderSmi } from '../../../../src/smi/render/index.js';
import { group, matchGroups, pod, service, split, target, tcpRoute, udpRoute, world } from './world.js';

const SERVER = pod('s');
const PROXIES: readonly Proxy[] = [SERVER, pod('c1', { ports: [] })].map((one) => ({
  id: `ns1/${one.name}`,
  pod: one,
  interception: 'address',
  listen: new Map(),
}));
const worldOf = (objects: readonly SmiObject[]): World =>
  world(objects, {
    pods: [SERVER, pod('v1'), pod('v2'), pod('w', { labels: { app: 'v2' } })],
    services: [
      service('root', [{}], { selector: { app: 's' } }),
      service('v1'),
      service('v2'),
      service('odd', [{ port: 1024 }]),
    ],
  });

/** Objects that between them have something for most faults to get wrong. */
const WORLDS: Readonly<Record<string, readonly SmiObject[]>> = {
  nothing: [],
  'a path': [group('g', [{ name: 'm', pathRegex: '/(a|b)' }]), target(['HTTPRouteGroup/g'])],
  'any path': [group('g', [{ name: 'm', pathRegex: '.*', methods: ['*'] }]), target(['HTTPRouteGroup/g'])],
  methods: [
    group('g', [{ name: 'm', methods: ['GET', 'POST'] }]),
    target([{ kind: 'HTTPRouteGroup', name: 'g', matches: ['m'] }]),
  ],
  headers: [
    group('g', [
      {
        name: 'm',
        headers: [
          { name: 'X-One', regex: 'a.*' },
          { name: 'x-two', regex: 'b' },
        ],
      },
    ]),
    target(['HTTPRouteGroup/g'], { sources: [{ kind: 'ServiceAccount', name: 'c1', namespace: 'ns2' }] }),
  ],
  ports: [tcpRoute('t', [1, 8300]), udpRoute('u', []), target(['TCPRoute/t', 'UDPRoute/u'])],
  'several targets': [
    group('g', [{ name: 'm', pathRegex: '/a' }]),
    target(['HTTPRouteGroup/g']),
    target(['HTTPRouteGroup/gone'], { source: 'c2' }),
    target([], { source: 'c3' }),
  ],
  'a split': [split({ v1: 3, v2: 1 })],
  'a split of one': [split({ v1: 1 })],
  'an odd split': [split({ v1: 1, v2: 0, odd: 1, gone: 0 }, { matches: matchGroups('gone') })],
};

describe('reference mesh: reach of faults', () => {
  for (const [what, objects] of Object.entries(WORLDS)) {
    it(`what no fault reaches is served the same, with ${what}`, () => {
      const seen = worldOf(objects);
      const usual = compileMesh(seen, createFaults([]), () => 16_000);
      const reach = new Reach(FAULTS);
      reach.compiled(seen, PROXIES, usual);
      const reached = new Set(reach.reached());
      for (const { name } of FAULTS.filter((fault) => !reached.has(fault.name))) {
        const faulty = compileMesh(seen, createFaults([name]), () => 16_000);
        for (const proxy of PROXIES) assert.deepEqual(faulty(proxy), usual(proxy), `${name} at ${proxy.id}`);
      }
    });
  }

  const reachedBy = (fault: string, use: (reach: Reach) => void): boolean => {
    const reach = new Reach([findFault(fault)]);
    use(reach);
    return reach.reached().includes(fault);
  };
  const compiled = (what: string) => (reach: Reach) => {
    const seen = worldOf(WORLDS[what] ?? []);
    reach.compiled(
      seen,
      PROXIES,
      compileMesh(seen, createFaults([]), () => 16_000),
    );
  };

  for (const [fault, touched, untouched] of [
    ['deny-all', 'a path', 'nothing'],
    ['alternation-lost', 'a path', 'any path'],
    ['ignore-method', 'methods', 'any path'],
    ['headers-or', 'headers', 'methods'],
    ['first-port-only', 'ports', 'a path'],
    ['missing-group-open', 'several targets', 'a path'],
    ['sticky-split', 'a split', 'a split of one'],
    ['equal-weights', 'a split', 'a split of one'],
  ] as const) {
    it(`${fault} reaches ${touched}, not ${untouched}`, () => {
      assert.ok(reachedBy(fault, compiled(touched)));
      assert.ok(!reachedBy(fault, compiled(untouched)));
    });
  }

  const manifestOf = (object: SmiObject): KubeObject => {
    const { manifest } = renderSmi(object, LATEST_PROFILE);
    assert.ok(manifest);
    return manifest;
  };
  const manifest = manifestOf(split({ v1: 1 }));

  it('a change that is not heard is a difference', () => {
    assert.ok(reachedBy('split-deletion-ignored', (reach) => reach.changed({ action: 'deleted', object: manifest })));
    assert.ok(!reachedBy('split-deletion-ignored', (reach) => reach.changed({ action: 'applied', object: manifest })));
    assert.ok(!reachedBy('revocation-ignored', (reach) => reach.changed({ action: 'deleted', object: manifest })));
  });

  it('what was there before is known, so that its next version is no first one', () => {
    const again = (reach: Reach) => reach.changed({ action: 'applied', object: manifest });
    assert.ok(!reachedBy('update-ignored', again));
    assert.ok(
      reachedBy('update-ignored', (reach) => {
        reach.begin([manifest]);
        again(reach);
      }),
    );
  });

  it('an object that is admitted instead of refused is a difference', () => {
    const odd = { ...manifest, spec: { service: 'root', backends: [{ service: 'v1', weight: -1 }] } };
    assert.ok(reachedBy('no-schema', (reach) => reach.offered(odd)));
    assert.ok(!reachedBy('no-schema', (reach) => reach.offered(manifest)));
    assert.ok(reachedBy('invalid-split-freezes', (reach) => reach.changed({ action: 'applied', object: odd })));
  });

  it('a pod of a name that had another account is a difference', () => {
    const heir = pod('heir', { serviceAccount: 'c1' });
    const inTurn =
      (...pods: readonly (typeof heir)[]) =>
      (reach: Reach) => {
        for (const one of pods) reach.certifies(one, 'ns1/heir');
      };
    assert.ok(!reachedBy('wrong-san', inTurn(heir, heir)));
    assert.ok(reachedBy('wrong-san', inTurn(heir, { ...heir, serviceAccount: 'c2' })));
  });

  const route = (name: string, host: string) =>
    packResource(TYPE.route, { name, virtualHosts: [{ name: host, domains: [host] }] });
  const sent = (after: Snapshot) => (reach: Reach) => {
    const before: Snapshot = new Map([[TYPE.route, [route('a', 'old'), route('b', 'old')]]]);
    const proxy = { id: 'ns1/s', namespace: 'ns1', serviceAccount: 's' };
    reach.sent({ proxy, proxies: ['ns1/c1', 'ns1/c2', 'ns1/s'], before, after });
  };

  it('a delivery that is late, partial or withheld is a difference', () => {
    const one: Snapshot = new Map([[TYPE.route, [route('a', 'new'), route('b', 'old')]]]);
    const both: Snapshot = new Map([[TYPE.route, [route('a', 'new'), route('b', 'new')]]]);
    assert.ok(!reachedBy('partial-push', sent(one)));
    assert.ok(reachedBy('partial-push', sent(both)));
    for (const fault of ['slow-config', 'flapping-config', 'gap-on-change'])
      assert.ok(reachedBy(fault, sent(one)), fault);
    assert.ok(!reachedBy('one-proxy-never', sent(both)));
  });

  it('a fault with a hook that cannot be compared reaches everything', () => {
    const strange = {
      name: 'strange',
      description: 'a hook of another kind',
      create: () => ({ other: () => undefined }) as FaultHooks,
    };
    assert.deepEqual(new Reach([strange]).reached(), ['strange']);
  });
});
