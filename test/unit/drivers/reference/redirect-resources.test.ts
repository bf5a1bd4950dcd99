import assert from 'node:assert/strict';
import type { ProxyResources } from '../../../../drivers/reference/compile.js';
import type { World } from '../../../../drivers/reference/policy/world.js';
import { packResource, TYPE } from '../../../../drivers/reference/xds/resource.js';
import { CLIENT, compileRedirected, REDIRECTED, SERVER } from './redirect-world.js';
import { pod } from './world.js';

type Listener = ProxyResources[typeof TYPE.listener][number];

function listeners(resources: ProxyResources): readonly Listener[] {
  return resources[TYPE.listener];
}

function listener(resources: ProxyResources, name: string): Listener {
  const found = listeners(resources).find((each) => each.name === name);
  assert.ok(
    found,
    `no ${name} among ${listeners(resources)
      .map((each) => each.name)
      .join()}`,
  );
  return found;
}

function addressOf({ address }: Listener): string {
  return `${address?.socketAddress?.address}:${address?.socketAddress?.portValue}`;
}

function chains({ filterChains = [] }: Listener): string[] {
  return filterChains.map(({ name, filterChainMatch }) =>
    [name, filterChainMatch?.destinationPort, filterChainMatch?.transportProtocol].filter(Boolean).join(' '),
  );
}

describe('reference mesh: resources where connections are redirected', () => {
  const variants: [string, Partial<World>, string[]][] = [
    ['in strict mode', {}, []],
    ['in permissive mode', { modes: new Map([['ns1', { mtls: 'permissive', access: 'allow' }]]) }, []],
    ['with faults', {}, ['plaintext-accepted', 'any-identity']],
  ];
  for (const [name, overrides, faults] of variants) {
    it(`are valid messages with unique names and addresses ${name}`, () => {
      for (const each of REDIRECTED.pods) {
        const resources = compileRedirected(each, overrides, faults);
        for (const typeUrl of [TYPE.cluster, TYPE.endpoints, TYPE.listener, TYPE.route] as const) {
          const names = resources[typeUrl].map((resource) => packResource(typeUrl, resource).name);
          assert.equal(new Set(names).size, names.length);
        }
        const addresses = listeners(resources).map((each) => JSON.stringify(each.address));
        assert.equal(new Set(addresses).size, addresses.length);
      }
    });
  }

  it('are the same for a pod whose address is not known yet', () => {
    assert.deepEqual(compileRedirected(pod('s', { ip: '' })), compileRedirected(SERVER));
  });

  it('take all that goes out with one listener and hand it over by destination', () => {
    const out = listener(compileRedirected(CLIENT), 'out');
    assert.equal(addressOf(out), '0.0.0.0:15001');
    assert.equal(out.useOriginalDst, true);
    assert.deepEqual(chains(out), ['loop 15001', 'passthrough']);
    assert.match(JSON.stringify(out.filterChains?.[0]?.filters), /"cluster":"nowhere"/);
    assert.match(JSON.stringify(out.filterChains?.[1]?.filters), /"cluster":"passthrough"/);
  });

  it('have one listener without a socket for each address of a service: its own with the bound port, or those of its pods', () => {
    const handedTo = listeners(compileRedirected(CLIENT)).filter(({ bindToPort }) => bindToPort === false);
    assert.deepEqual(
      handedTo.map(addressOf).sort(),
      [
        '10.96.0.1:40080',
        '10.96.0.1:8300',
        '10.96.0.2:8080',
        '10.96.0.2:8300',
        ...REDIRECTED.pods.filter(({ name }) => name !== 'c1').map(({ ip }) => `${ip}:8080`),
      ].sort(),
    );
  });

  it('route HTTP by the service that was called, whatever the host name', () => {
    const resources = compileRedirected(CLIENT);
    const routes = resources[TYPE.route].find(({ name }) => name === 'outbound|srv.ns1|80');
    assert.deepEqual(
      routes?.virtualHosts?.map(({ domains }) => domains),
      [['*']],
    );
    assert.match(JSON.stringify(listener(resources, 'out|http|srv.ns1|80|10.96.0.1:40080')), /outbound\|srv\.ns1\|80/);
  });

  it('split a TCP port by weight', () => {
    const tcp = JSON.stringify(listener(compileRedirected(CLIENT), 'out|tcp|srv.ns1|8300|10.96.0.1:8300'));
    assert.ok(tcp.includes('{"name":"out|tcp|leaf.ns1|8300","weight":1}'), tcp);
  });

  it('give datagrams a port of loopback, and the tunnel one of the pod that is not redirected', () => {
    const client = listener(compileRedirected(CLIENT), 'out|udp|dns.ns1|53');
    assert.equal(addressOf(client), '127.0.0.1:16000');
    assert.equal(addressOf(listener(compileRedirected(SERVER), 'in|udp-tunnel')), '0.0.0.0:15008');
  });

  it('take what comes in with one listener that tells ports by the original destination, and never hands over', () => {
    const strict = listener(compileRedirected(SERVER), 'in');
    assert.equal(addressOf(strict), '0.0.0.0:15006');
    assert.equal(strict.useOriginalDst, undefined);
    assert.deepEqual(
      strict.listenerFilters?.map(({ name }) => name),
      ['envoy.filters.listener.original_dst', 'envoy.filters.listener.tls_inspector'],
    );
    assert.deepEqual(chains(strict), ['mtls|8080 8080 tls', 'mtls|9090 9090 tls', 'mtls|8300 8300 tls']);
    assert.ok(strict.filterChains?.every(({ transportSocket }) => transportSocket !== undefined));
  });

  it('change nothing but plaintext chains when the mode changes, so that no other connection is drained', () => {
    const inMode = (mtls: 'strict' | 'permissive'): Listener =>
      listener(compileRedirected(SERVER, { modes: new Map([['ns1', { mtls }]]) }), 'in');
    const withoutPlaintext = ({ filterChains = [], ...rest }: Listener): unknown => ({
      ...rest,
      filterChains: filterChains.filter(({ name }) => name?.startsWith('plaintext') !== true),
    });
    assert.deepEqual(withoutPlaintext(inMode('permissive')), inMode('strict'));
  });

  it('take plaintext beside mutual TLS in permissive mode', () => {
    const permissive = { modes: new Map([['ns1', { mtls: 'permissive' } as const]]) };
    assert.deepEqual(chains(listener(compileRedirected(SERVER, permissive), 'in')), [
      'mtls|8080 8080 tls',
      'plaintext|8080 8080 raw_buffer',
      'mtls|9090 9090 tls',
      'plaintext|9090 9090 raw_buffer',
      'mtls|8300 8300 tls',
      'plaintext|8300 8300 raw_buffer',
    ]);
  });

  it('leave alone the inbound side of a pod that serves no stream: it would have no filter chain', () => {
    assert.ok(!listeners(compileRedirected(CLIENT)).some(({ name }) => name === 'in'));
  });

  it('reach the app on loopback, where redirection does not apply', () => {
    const clusters = compileRedirected(SERVER)[TYPE.cluster].filter(({ name }) => name?.startsWith('app|'));
    const addresses = clusters.map(({ loadAssignment }) => {
      const socket = loadAssignment?.endpoints?.[0]?.lbEndpoints?.[0]?.endpoint?.address?.socketAddress;
      return `${socket?.protocol} ${socket?.address}:${socket?.portValue}`;
    });
    assert.deepEqual(addresses, [
      'TCP 127.0.0.1:8080',
      'TCP 127.0.0.1:9090',
      'TCP 127.0.0.1:8300',
      'UDP 127.0.0.1:15103',
    ]);
  });

  it('keep HTTP authorization in routes: a change of policy changes no HTTP listener', () => {
    const before = compileRedirected(pod('s', { ports: SERVER.ports.filter(({ protocol }) => protocol === 'http') }));
    const after = compileRedirected(pod('s', { ports: SERVER.ports.filter(({ protocol }) => protocol === 'http') }), {
      objects: [],
    });
    assert.deepEqual(listener(before, 'in'), listener(after, 'in'));
    const routes = (resources: ProxyResources) => resources[TYPE.route].find(({ name }) => name === 'in|8080');
    assert.notDeepEqual(routes(before), routes(after));
  });
});
