import assert from 'node:assert/strict';
import { createFaults, FAULTS } from '../../../../../drivers/reference/faults/index.js';
import type { ObjectChange } from '../../../../../drivers/reference/faults/fault.js';
import { HarnessError } from '../../../../../src/errors/harness-error.js';
import type { SmiObject } from '../../../../../src/smi/model.js';
import { group, matchGroups, split, target, tcpRoute } from '../world.js';
import { grantsWith, policyWith } from './with-fault.js';

const G = group('g', [{ name: 'a', pathRegex: '/a.c', methods: ['GET'] }]);
const T = target(['HTTPRouteGroup/g']);
const applied = (object: SmiObject): ObjectChange => ({ action: 'applied', object });
const deleted = (object: SmiObject): ObjectChange => ({ action: 'deleted', object });

describe('reference mesh: faults', () => {
  it('are fifty and more, each with a name and a description of its own', () => {
    assert.ok(FAULTS.length >= 50, String(FAULTS.length));
    assert.equal(new Set(FAULTS.map(({ name }) => name)).size, FAULTS.length);
    assert.equal(new Set(FAULTS.map(({ description }) => description)).size, FAULTS.length);
    for (const { name, description } of FAULTS) {
      assert.match(name, /^[a-z]+(-[a-z]+)*$/);
      assert.ok(description.length > 20, name);
    }
  });

  it('unknown ones are bad input that lists the known ones', () => {
    assert.throws(
      () => createFaults(['allow-all', 'nonsense']),
      (error: unknown) =>
        error instanceof HarnessError &&
        error.code === 'E_UNKNOWN_FAULT' &&
        error.exitCode === 4 &&
        error.hint.includes('deny-all'),
    );
  });

  it('allow-all grants anyone, deny-all nobody', () => {
    assert.deepEqual(grantsWith('allow-all', []), [{ peers: { kind: 'anyone' } }]);
    assert.deepEqual(grantsWith('deny-all', [G, T]), []);
    assert.equal(grantsWith(undefined, [G, T]).length, 1);
  });

  it('any-identity keeps the conditions and forgets who', () => {
    const [grant] = grantsWith('any-identity', [G, T]);
    assert.deepEqual(grant, {
      peers: { kind: 'authenticated' },
      conditions: [{ pathRegex: '/a.c', methods: ['GET'], headers: [] }],
    });
  });

  it('plaintext-accepted takes plaintext without asking', () => {
    assert.equal(policyWith('plaintext-accepted', []).plaintext, 'unchecked');
    assert.equal(policyWith(undefined, []).plaintext, 'refused');
  });

  it('ignore-split sees no split', () => {
    assert.deepEqual(createFaults(['ignore-split']).objects([G, split({ v1: 1 }), T]), [G, T]);
  });

  for (const [expression, prefix] of [
    ['/metrics', '/metrics.*'],
    ['/a.c', '/a.*'],
    ['/a\\.c', '/a.*'],
    ['.*/x', '.*'],
    ['^/api$', '.*'],
  ] as const) {
    it(`prefix-path reads ${expression} as ${prefix}`, () => {
      const [grant] = grantsWith('prefix-path', [group('g', [{ name: 'a', pathRegex: expression }]), T]);
      assert.equal(grant?.conditions?.[0]?.pathRegex, prefix);
    });
  }

  it('ignore-method keeps the path', () => {
    assert.deepEqual(grantsWith('ignore-method', [G, T])[0]?.conditions, [{ pathRegex: '/a.c', headers: [] }]);
  });

  it('ignore-port widens TCPRoutes and destinations', () => {
    const routes = [G, tcpRoute('t', [1]), target(['HTTPRouteGroup/g', 'TCPRoute/t'])];
    assert.equal(grantsWith(undefined, routes).length, 0);
    assert.equal(grantsWith('ignore-port', routes).length, 1);
    const port = [G, target(['HTTPRouteGroup/g'], { destination: { kind: 'ServiceAccount', name: 's', port: 1 } })];
    assert.equal(grantsWith(undefined, port).length, 0);
    assert.equal(grantsWith('ignore-port', port).length, 1);
  });

  it('zero-weight-leak gives exactly 2 % to each backend of weight 0 and keeps the other ratios', () => {
    const [leaking] = createFaults(['zero-weight-leak']).objects([split({ v1: 75, v2: 25, v3: 0 })]);
    assert.ok(leaking?.kind === 'TrafficSplit');
    const [v1 = 0, v2 = 0, v3 = 0] = leaking.backends.map(({ weight }) => weight);
    assert.equal(v3 / (v1 + v2 + v3), 0.02);
    assert.equal(v1 / v2, 3);
    const full = split({ v1: 1, v2: 1 });
    assert.deepEqual(createFaults(['zero-weight-leak']).objects([full]), [full]);
  });

  it('kind-blind takes any kind of identity for a service account', () => {
    const sources = [{ kind: 'Group', name: 'c1' }];
    const other = [G, target(['HTTPRouteGroup/g'], { sources, destination: { kind: 'Group', name: 's' } })];
    assert.equal(grantsWith(undefined, other).length, 0);
    const [grant] = grantsWith('kind-blind', other);
    assert.deepEqual(grant?.peers, { kind: 'identities', identities: [{ namespace: 'ns1', serviceAccount: 'c1' }] });
  });

  it('namespace-blind compares accounts alone and borrows specs', () => {
    const elsewhere = [group('g', [{ name: 'a' }], 'ns2'), T];
    assert.equal(grantsWith(undefined, elsewhere).length, 0);
    const [grant] = grantsWith('namespace-blind', elsewhere);
    assert.deepEqual(grant?.peers, { kind: 'identities', identities: [{ namespace: '*', serviceAccount: 'c1' }] });
    const foreign = [
      G,
      target(['HTTPRouteGroup/g'], { destination: { kind: 'ServiceAccount', name: 's', namespace: 'ns2' } }),
    ];
    assert.equal(grantsWith('namespace-blind', foreign).length, 1);
  });

  it('ignore-matches splits everybody', () => {
    const plain = split({ v2: 1 });
    const segment = split({ v2: 1 }, { matches: matchGroups('g') });
    assert.deepEqual(createFaults(['ignore-matches']).objects([G, segment, plain]), [G, plain, plain]);
  });

  it('foreign-root moves a split to the namespace that its root is named with', () => {
    const near = split({ v1: 1 }, { service: 'root.ns1' });
    const [moved, kept] = createFaults(['foreign-root']).objects([
      split({ v1: 1 }, { metadata: { name: 'x', namespace: 'ns2' }, service: 'root.ns1.svc' }),
      near,
    ]);
    assert.deepEqual(moved, split({ v1: 1 }, { metadata: { name: 'x', namespace: 'ns1' } }));
    assert.deepEqual(kept, near);
  });

  it('stale-config hears of creations only', () => {
    const { hears } = createFaults(['stale-config']);
    assert.deepEqual([applied(G), applied(G), deleted(G), applied(T), applied(G)].map(hears), [
      true,
      false,
      false,
      true,
      false,
    ]);
  });

  it('revocation-ignored hears of everything but the deletion of a TrafficTarget', () => {
    const { hears } = createFaults(['revocation-ignored']);
    assert.deepEqual([applied(T), deleted(T), applied(G), deleted(G)].map(hears), [true, false, true, true]);
  });

  it('add up', () => {
    const both = createFaults(['ignore-split', 'ignore-method']);
    assert.deepEqual(both.objects([G, split({ v1: 1 })]), [group('g', [{ name: 'a', pathRegex: '/a.c' }])]);
  });
});
