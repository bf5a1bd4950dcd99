import assert from 'node:assert/strict';
import { compileMesh, type ProxyResources } from '../../../../drivers/reference/compile.js';
import { createFaults } from '../../../../drivers/reference/faults/index.js';
import { Packer } from '../../../../drivers/reference/packer.js';
import type { World } from '../../../../drivers/reference/policy/world.js';
import { PROXY_PORTS, type Proxy } from '../../../../drivers/reference/resources/proxy.js';
import { moveApp } from '../../../../drivers/reference/sidecar.js';
import { packResource, TYPE } from '../../../../drivers/reference/xds/resource.js';
import type { Pod } from '../../../../src/mesh/driver.js';
import { group, matchGroups, pod, service, split, target, tcpRoute, udpRoute, world } from './world.js';

const proxyOf = (each: Pod): Proxy => ({
  id: `${each.namespace}/${each.name}`,
  pod: each,
  interception: 'address',
  listen: moveApp(each),
});
const LEAVES = ['v1', 'v2'].map((name) => pod(name, { labels: { app: 'root', version: name } }));
const S = pod('s');
const WORLD: World = world(
  [
    group('g', [
      { name: 'm', pathRegex: '/a', methods: ['GET', 'M-SEARCH'], headers: [{ name: 'Host', regex: 'x.*' }] },
    ]),
    tcpRoute('t', [8300, 8080]),
    udpRoute('u', []),
    target(['HTTPRouteGroup/g', 'TCPRoute/t', 'UDPRoute/u']),
    split({ v1: 1, v2: 3 }),
    split({ 'tcp-1': 1, gone: 1 }, { service: 'tcp' }),
  ],
  {
    pods: [pod('c1', { ports: [] }), S, ...LEAVES],
    services: [
      service('root', [{}, { port: 9090, targetPort: 9090 }]),
      service('v1', [{}], { selector: { version: 'v1' } }),
      service('v2', [{}], { selector: { version: 'v2' } }),
      service('srv', [{ port: 80 }, { port: 8301, targetPort: 8301, protocol: 'udp' }], {
        selector: { app: 's' },
        clusterIP: '127.9.1.9',
      }),
      service('tcp', [{ port: 8300, targetPort: 8300, protocol: 'tcp' }], { selector: { app: 's' } }),
      service('tcp-1', [{ port: 8300, targetPort: 8300, protocol: 'tcp' }], { selector: { app: 's' } }),
      service('empty', [{}], { selector: {}, namespace: 'ns2' }),
    ],
  },
);

function compile(each: Pod, overrides: Partial<World> = {}, faults: readonly string[] = []): ProxyResources {
  return compileMesh({ ...WORLD, ...overrides }, createFaults(faults), () => PROXY_PORTS.firstService)(proxyOf(each));
}

/** One resource by name, as plain JSON. */
function find(resources: ProxyResources, type: keyof ProxyResources, name: string): string {
  const found = (resources[type] as readonly { name?: string; clusterName?: string }[]).find(
    (each) => (each.name ?? each.clusterName) === name,
  );
  assert.ok(found, `no ${name}`);
  return JSON.stringify(found);
}

describe('reference mesh: resources', () => {
  const variants: [string, Partial<World>, string[]][] = [
    ['in strict mode', {}, []],
    ['in permissive mode', { modes: new Map([['ns1', { mtls: 'permissive', access: 'allow' }]]) }, []],
    [
      'with a header-matched split',
      {
        objects: [
          ...WORLD.objects.filter(({ kind }) => kind !== 'TrafficSplit'),
          split({ v1: 1 }, { matches: matchGroups('g') }),
        ],
      },
      [],
    ],
    ['with faults', {}, ['plaintext-accepted', 'any-identity', 'namespace-blind', 'zero-weight-leak']],
  ];
  for (const [name, overrides, faults] of variants) {
    it(`are valid messages with unique names ${name}`, () => {
      for (const each of WORLD.pods) {
        const resources = compile(each, overrides, faults);
        for (const typeUrl of [TYPE.cluster, TYPE.endpoints, TYPE.listener, TYPE.route] as const) {
          const names = resources[typeUrl].map((resource) => packResource(typeUrl, resource).name);
          assert.equal(new Set(names).size, names.length);
        }
      }
    });
  }

  it('put HTTP authorization into routes, so that a change of policy needs no new listener', () => {
    const before = compile(S);
    const after = compile(S, { objects: [] });
    const httpListeners = (resources: ProxyResources) =>
      resources[TYPE.listener].filter(({ name }) => name?.startsWith('in|http'));
    assert.deepEqual(httpListeners(before), httpListeners(after));
    assert.notEqual(find(before, TYPE.route, 'in|8080'), find(after, TYPE.route, 'in|8080'));
  });

  it('write a condition as one permission: path without query, methods, and Host as authority', () => {
    const routes = find(compile(S), TYPE.route, 'in|8080');
    assert.ok(routes.includes('{"urlPath":{"path":{"safeRegex":{"regex":"/a"}}}}'));
    assert.ok(routes.includes('{"header":{"name":":method","stringMatch":{"safeRegex":{"regex":"GET|M-SEARCH"}}}}'));
    assert.ok(routes.includes('{"header":{"name":":authority","stringMatch":{"safeRegex":{"regex":"x.*"}}}}'));
    assert.ok(routes.includes('"principalName":{"exact":"spiffe://mesh.test/ns/ns1/sa/c1"}'));
  });

  it('deny everything on a port that nothing grants', () => {
    assert.ok(
      find(compile(S, { objects: [] }), TYPE.route, 'in|8080').includes('"rules":{"action":"ALLOW","policies":{}}'),
    );
  });

  it('demand TLS 1.3 and a client certificate, and refuse plaintext without a second filter chain', () => {
    const listener = find(compile(S), TYPE.listener, 'in|http|8080');
    assert.ok(listener.includes('"requireClientCertificate":true'));
    assert.ok(listener.includes('"tlsMinimumProtocolVersion":"TLSv1_3","tlsMaximumProtocolVersion":"TLSv1_3"'));
    assert.ok(!listener.includes('raw_buffer'));
    assert.ok(
      find(compile(S, {}, ['plaintext-accepted']), TYPE.listener, 'in|http|8080').includes(
        '"transportProtocol":"raw_buffer"',
      ),
    );
  });

  it('change nothing but plaintext chains when the mode changes, so that no other connection is drained', () => {
    const inMode = (mtls: 'strict' | 'permissive') =>
      compile(S, { modes: new Map([['ns1', { mtls }]]) })[TYPE.listener].filter(({ name }) =>
        /^in\|(http|tcp)/.test(name ?? ''),
      );
    const strict = inMode('strict');
    const permissive = inMode('permissive');
    assert.notDeepEqual(permissive, strict);
    const kept = permissive.map(({ filterChains = [], ...rest }) => ({
      ...rest,
      filterChains: filterChains.filter(({ name }) => name !== 'plaintext'),
    }));
    assert.deepEqual(kept, strict);
  });

  it('split per request by whole weights', () => {
    const routes = find(compile(S), TYPE.route, 'outbound');
    assert.ok(
      routes.includes(
        '"weightedClusters":{"clusters":[{"name":"out|http|v1.ns1|8080","weight":1},{"name":"out|http|v2.ns1|8080","weight":3}]}',
      ),
    );
  });

  it('exclude backends that lack the second port of a root: nothing is left there, and it answers 503', () => {
    const [, second] = find(compile(S), TYPE.route, 'outbound').split('"name":"root.ns1:9090"');
    assert.ok(second?.slice(0, 400).includes('"directResponse":{"status":503'));
  });

  it('name a service in every way a client of its namespace may call it', () => {
    const routes = find(compile(S), TYPE.route, 'outbound');
    assert.ok(
      routes.includes(
        '"domains":["srv:80","srv.ns1:80","srv.ns1.svc:80","srv.ns1.svc.cluster.local:80","127.9.1.9:80","srv","srv.ns1","srv.ns1.svc","srv.ns1.svc.cluster.local","127.9.1.9"]',
      ),
    );
    assert.ok(routes.includes('"empty.ns2:8080"') && !routes.includes('"empty:8080"'));
  });

  it('believe only servers with the identity of the pods behind a service', () => {
    const cluster = find(compile(S), TYPE.cluster, 'out|http|root.ns1|8080');
    for (const name of ['v1', 'v2']) assert.ok(cluster.includes(`"exact":"spiffe://mesh.test/ns/ns1/sa/${name}"`));
    assert.ok(!cluster.includes('sa/s"'));
  });

  it('send datagrams through a tunnel that the server authorizes by port', () => {
    assert.ok(find(compile(S), TYPE.listener, 'out|udp|srv.ns1|8301').includes('"defaultTargetPort":8301'));
    const route = find(compile(S), TYPE.route, 'in-udp');
    assert.ok(route.includes('/.well-known/masque/udp/app/8301/') && route.includes('sa/c1'));
    assert.ok(
      find(compile(S), TYPE.endpoints, 'out|udp|srv.ns1|8301').includes(`"portValue":${PROXY_PORTS.udpTunnel}`),
    );
  });

  it('are packed once and recognised again', () => {
    const packer = new Packer();
    const json = { name: 'a', virtualHosts: [] };
    packer.begin();
    const first = packer.pack(TYPE.route, json);
    packer.begin();
    assert.equal(packer.pack(TYPE.route, { ...json }), first);
    assert.notEqual(packer.pack(TYPE.route, { ...json, virtualHosts: [{ name: 'x', domains: ['*'] }] }), first);
    packer.begin();
    packer.begin();
    assert.notEqual(packer.pack(TYPE.route, { ...json }), first);
  });
});
