import assert from 'node:assert/strict';
import { createFaults } from '../../../../../drivers/reference/faults/index.js';
import type { Json, KubeObject } from '../../../../../src/smi/model.js';
import { compileMesh } from '../../../../../drivers/reference/compile.js';
import { TYPE } from '../../../../../drivers/reference/xds/resource.js';
import { group, pod, service, split, target, world } from '../world.js';
import { accountsWith, conditionsWith, grantsWith } from './with-fault.js';

const account = { kind: 'ServiceAccount', name: 'c1' };
const rule = { kind: 'HTTPRouteGroup', name: 'g' };
const sent = (kind: string, version: string, body: Record<string, Json>): KubeObject => {
  const suffix = { TrafficTarget: 'access', TrafficSplit: 'split' }[kind] ?? 'specs';
  return { apiVersion: `${suffix}.smi-spec.io/${version}`, kind, metadata: { name: 'x', namespace: 'ns1' }, ...body };
};
const targetOf = (spec: Record<string, Json>, version = 'v1alpha3'): KubeObject =>
  sent('TrafficTarget', version, version === 'v1alpha1' ? spec : { spec });
const GOOD = { destination: account, rules: [rule], sources: [account] };
const admits = (fault: string, object: KubeObject) => createFaults([fault]).admits(object);

describe('faults of the reference mesh: what the API admits', () => {
  it('no fault about odd objects touches one that is in order', () => {
    const good = [
      targetOf(GOOD),
      sent('HTTPRouteGroup', 'v1alpha4', { spec: { matches: [{ name: 'm', pathRegex: '/a' }] } }),
      sent('TrafficSplit', 'v1alpha4', { spec: { service: 'root', backends: [{ service: 'v1', weight: 1 }] } }),
      sent('TCPRoute', 'v1alpha4', { spec: { matches: { ports: [1] } } }),
    ];
    const faults = ['no-schema', 'invalid-group-open', 'invalid-target-open', 'empty-rules-open', 'empty-sources-open'];
    for (const fault of [
      ...faults,
      'kind-blind',
      'invalid-regex-freezes',
      'invalid-split-freezes',
      'requires-every-field',
    ])
      for (const object of good) assert.equal(admits(fault, object), undefined, `${fault} ${object.kind}`);
  });

  for (const [fault, what, object] of [
    ['empty-rules-open', 'no rules', targetOf({ ...GOOD, rules: [] })],
    ['empty-sources-open', 'no sources', targetOf({ ...GOOD, sources: [] })],
    ['kind-blind', 'a destination of another kind', targetOf({ ...GOOD, destination: { ...account, kind: 'Group' } })],
    ['kind-blind', 'a rule of another kind', targetOf({ ...GOOD, rules: [{ ...rule, kind: 'GRPCRoute' }] })],
    ['invalid-target-open', 'nothing at all', sent('TrafficTarget', 'v1alpha3', {})],
    [
      'invalid-group-open',
      'a match without a name',
      sent('HTTPRouteGroup', 'v1alpha4', { spec: { matches: [{ pathRegex: '/a' }] } }),
    ],
    [
      'invalid-regex-freezes',
      'an expression that is none',
      sent('HTTPRouteGroup', 'v1alpha4', { spec: { matches: [{ name: 'm', pathRegex: '(' }] } }),
    ],
    [
      'invalid-split-freezes',
      'half a weight',
      sent('TrafficSplit', 'v1alpha4', { spec: { service: 'root', backends: [{ service: 'v1', weight: 0.5 }] } }),
    ],
    [
      'no-schema',
      'a weight in quotes',
      sent('TrafficSplit', 'v1alpha4', { spec: { service: 'root', backends: [{ service: 'v1', weight: '1' }] } }),
    ],
  ] as const) {
    it(`${fault} admits ${what} as it was sent`, () => assert.equal(admits(fault, object), object));
  }

  it('each of them leaves what it is not about to the schema', () => {
    const nobody = targetOf({ ...GOOD, sources: [] });
    for (const fault of ['empty-rules-open', 'kind-blind', 'invalid-target-open', 'invalid-group-open'])
      assert.equal(admits(fault, nobody), undefined, fault);
  });

  it('prunes-optional drops what it does not know', () => {
    const some = { service: 'root', backends: [{ service: 'v1', weight: 1 }] };
    const matched = sent('TrafficSplit', 'v1alpha4', {
      spec: { ...some, matches: [{ kind: 'HTTPRouteGroup', name: 'g' }] },
    });
    assert.deepEqual(admits('prunes-optional', matched), sent('TrafficSplit', 'v1alpha4', { spec: some }));
    const headers = sent('HTTPRouteGroup', 'v1alpha2', { matches: [{ name: 'm', headers: { 'x-a': '1' } }] });
    assert.deepEqual(
      admits('prunes-optional', headers),
      sent('HTTPRouteGroup', 'v1alpha2', { matches: [{ name: 'm' }] }),
    );
    assert.equal(admits('prunes-optional', sent('TrafficSplit', 'v1alpha4', { spec: some })), undefined);
  });

  for (const [fault, object, reason] of [
    ['requires-every-field', sent('TCPRoute', 'v1alpha4', { spec: {} }), 'spec.matches.ports: is required'],
    ['requires-every-field', targetOf(GOOD, 'v1alpha1'), 'destination.port: is required'],
    [
      'udp-rule-refused',
      targetOf({ ...GOOD, rules: [{ ...rule, kind: 'UDPRoute' }] }),
      'spec.rules[].kind: must be HTTPRouteGroup or TCPRoute',
    ],
  ] as const) {
    it(`${fault} says ${reason}`, () => assert.equal(admits(fault, object), reason));
  }
});

describe('faults of the reference mesh: what is made of odd objects', () => {
  it('invalid-group-open matches everything where it can read nothing', () => {
    const [open] = [createFaults(['invalid-group-open']).salvages(group('g', []))];
    assert.ok(open?.kind === 'HTTPRouteGroup' && open.matches[0]?.pathRegex === '.*');
    const bad = [group('g', [{ name: 'm', pathRegex: '(' }]), target(['HTTPRouteGroup/g'])];
    assert.deepEqual(conditionsWith(undefined, bad), []);
    assert.equal(conditionsWith('invalid-group-open', bad)[0]?.pathRegex, '.*');
  });

  it('invalid-target-open opens everything while a target cannot be read', () => {
    const unreadable = createFaults(['invalid-target-open']).salvages(
      target([], { destination: { kind: '', name: '' } }),
    );
    assert.ok(unreadable);
    assert.deepEqual(accountsWith('invalid-target-open', [unreadable]), ['authenticated']);
    assert.deepEqual(grantsWith('invalid-target-open', []), []);
  });
});

describe('faults of the reference mesh: what proxies are served in the end', () => {
  const proxy = { id: 'ns1/s', pod: pod('s'), interception: 'address', listen: new Map() } as const;
  const served = (fault: string | undefined) => {
    const objects = [
      group('g', [{ name: 'm', pathRegex: '(' }]),
      target(['HTTPRouteGroup/g']),
      split({ v1: 3, v2: 1 }),
    ];
    const everything = world(objects, {
      pods: [pod('s'), pod('s2', { labels: { app: 's' } })],
      services: [service('root', [{}], { selector: { app: 's' } }), service('v1'), service('v2')],
    });
    return compileMesh(everything, createFaults(fault === undefined ? [] : [fault]), () => 16_000)(proxy);
  };

  it('raw-path leaves normalisation out', () => {
    assert.match(JSON.stringify(served(undefined)[TYPE.listener]), /mergeSlashes/);
    assert.doesNotMatch(JSON.stringify(served('raw-path')[TYPE.listener]), /mergeSlashes|normalizePath|EscapedSlashes/);
  });

  it('sticky-split sends everything to the heaviest backend', () => {
    assert.match(JSON.stringify(served(undefined)[TYPE.route]), /weightedClusters/);
    const routes = JSON.stringify(served('sticky-split')[TYPE.route]);
    assert.doesNotMatch(routes, /weightedClusters/);
    assert.match(routes, /"cluster":"out\|http\|v1\.ns1\|8080"/);
  });

  it('first-pod-only serves one endpoint', () => {
    const endpoints = (fault: string | undefined) =>
      served(fault)[TYPE.endpoints].map((assignment) => assignment.endpoints?.[0]?.lbEndpoints?.length);
    assert.deepEqual(endpoints(undefined), [2, 0, 0]);
    assert.deepEqual(endpoints('first-pod-only'), [1, 0, 0]);
  });

  it('invalid-regex-freezes writes the expression that no proxy takes', () => {
    assert.doesNotMatch(JSON.stringify(served(undefined)[TYPE.route]), /"regex":"\("/);
    assert.match(JSON.stringify(served('invalid-regex-freezes')[TYPE.route]), /"regex":"\("/);
  });
});
