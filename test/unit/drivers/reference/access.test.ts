import assert from 'node:assert/strict';
import { ANYONE, compileInbound, type Grant } from '../../../../drivers/reference/policy/access.js';
import { indexSpecs } from '../../../../drivers/reference/policy/specs.js';
import type { World } from '../../../../drivers/reference/policy/world.js';
import type { SmiObject } from '../../../../src/smi/model.js';
import { group, pod, target, tcpRoute, udpRoute, world } from './world.js';

/** The grants at one port of pod `s`, written down shortly: `source: condition | condition`, `*` for any request. */
function grantsAt(port: number, objects: readonly SmiObject[], overrides: Partial<World> = {}): string[] {
  const snapshot = world(objects, overrides);
  const policy = compileInbound(snapshot, indexSpecs(objects), pod('s'));
  const found = policy.ports.find((candidate) => candidate.port === port);
  assert.ok(found, `no port ${port}`);
  return found.grants.map(write);
}

function write({ peers, conditions }: Grant): string {
  const who =
    peers.kind === 'identities'
      ? peers.identities.map((id) => `${id.namespace}/${id.serviceAccount}`).join(',')
      : peers.kind;
  const what = conditions?.map(({ methods, pathRegex, headers }) =>
    [methods?.join(','), pathRegex, ...headers.map((header) => `${header.name}=${header.regex}`)]
      .filter(Boolean)
      .join(' '),
  );
  return `${who}: ${what === undefined ? '*' : what.map((condition) => condition || '(any)').join(' | ')}`;
}

const A = { name: 'a', pathRegex: '/a' };
const B = { name: 'b', pathRegex: '/b' };
const G = group('g', [A, B]);

describe('reference mesh: access policy', () => {
  const rows: [name: string, port: number, objects: SmiObject[], expected: string[]][] = [
    ['denies by default (ACC-01)', 8080, [], []],
    ['grants all matches of a group (ACC-07)', 8080, [G, target(['HTTPRouteGroup/g'])], ['ns1/c1: /a | /b']],
    [
      'grants several sources (ACC-04)',
      8080,
      [
        G,
        target(['HTTPRouteGroup/g'], {
          sources: [
            { kind: 'ServiceAccount', name: 'c1' },
            { kind: 'ServiceAccount', name: 'c2', namespace: 'ns2' },
          ],
        }),
      ],
      ['ns1/c1,ns2/c2: /a | /b'],
    ],
    [
      'grants the named matches',
      8080,
      [G, target([{ kind: 'HTTPRouteGroup', name: 'g', matches: ['b'] }])],
      ['ns1/c1: /b'],
    ],
    [
      'skips unknown names and never widens (ACC-26)',
      8080,
      [G, target([{ kind: 'HTTPRouteGroup', name: 'g', matches: ['a', 'bogus'] }])],
      ['ns1/c1: /a'],
    ],
    [
      'grants nothing when no name is known',
      8080,
      [G, target([{ kind: 'HTTPRouteGroup', name: 'g', matches: ['bogus'] }])],
      [],
    ],
    [
      'ORs groups (ACC-08)',
      8080,
      [group('g1', [A]), group('g2', [B]), target(['HTTPRouteGroup/g1', 'HTTPRouteGroup/g2'])],
      ['ns1/c1: /a | /b'],
    ],
    [
      'adds targets up (ACC-09)',
      8080,
      [
        group('g1', [A]),
        group('g2', [B]),
        target(['HTTPRouteGroup/g1']),
        target(['HTTPRouteGroup/g2'], { source: 'c2' }),
      ],
      ['ns1/c1: /a', 'ns1/c2: /b'],
    ],
    ['fails closed on a missing group (ACC-25)', 8080, [target(['HTTPRouteGroup/g'])], []],
    ['takes no group of another namespace (ACC-24)', 8080, [group('g', [A], 'ns2'), target(['HTTPRouteGroup/g'])], []],
    [
      'keeps other rules when one group is missing',
      8080,
      [group('g1', [A]), target(['HTTPRouteGroup/g1', 'HTTPRouteGroup/gone'])],
      ['ns1/c1: /a'],
    ],
    ['grants nothing for an empty group (SPC-26)', 8080, [group('g', []), target(['HTTPRouteGroup/g'])], []],
    ['grants nothing without rules (ACC-34)', 8080, [target([])], []],
    ['grants nothing without sources (ACC-33)', 8080, [G, target(['HTTPRouteGroup/g'], { sources: [] })], []],
    [
      'ignores sources that are no ServiceAccount (ACC-35)',
      8080,
      [G, target(['HTTPRouteGroup/g'], { sources: [{ kind: 'Group', name: 'c1' }] })],
      [],
    ],
    [
      'ignores a destination that is no ServiceAccount',
      8080,
      [G, target(['HTTPRouteGroup/g'], { destination: { kind: 'Group', name: 's' } })],
      [],
    ],
    [
      'ignores the same account of another namespace',
      8080,
      [G, target(['HTTPRouteGroup/g'], { destination: { kind: 'ServiceAccount', name: 's', namespace: 'ns2' } })],
      [],
    ],
    [
      'ignores a target in another namespace than its destination (ACC-21)',
      8080,
      [
        group('g', [A], 'ns2'),
        target(['HTTPRouteGroup/g'], {
          metadata: { name: 't', namespace: 'ns2' },
          destination: { kind: 'ServiceAccount', name: 's', namespace: 'ns1' },
        }),
      ],
      [],
    ],
    [
      'takes a destination without a namespace for one of the target’s (ACC-22)',
      8080,
      [group('g', [A], 'ns2'), target(['HTTPRouteGroup/g'], { metadata: { name: 't', namespace: 'ns2' } })],
      [],
    ],
    [
      'ANDs a TCPRoute with a group: its port (ACC-13)',
      8080,
      [G, tcpRoute('t', [8080]), target(['HTTPRouteGroup/g', 'TCPRoute/t'])],
      ['ns1/c1: /a | /b'],
    ],
    [
      'ANDs a TCPRoute with a group: another port (ACC-13)',
      9090,
      [G, tcpRoute('t', [8080]), target(['HTTPRouteGroup/g', 'TCPRoute/t'])],
      [],
    ],
    [
      'joins the ports of TCPRoutes',
      9090,
      [G, tcpRoute('t', [8080]), tcpRoute('u', [9090]), target(['HTTPRouteGroup/g', 'TCPRoute/t', 'TCPRoute/u'])],
      ['ns1/c1: /a | /b'],
    ],
    ['counts a missing TCPRoute as no port', 8080, [G, target(['HTTPRouteGroup/g', 'TCPRoute/gone'])], []],
    [
      'takes an empty port list as all ports (ACC-16)',
      9090,
      [G, tcpRoute('t', []), target(['HTTPRouteGroup/g', 'TCPRoute/t'])],
      ['ns1/c1: /a | /b'],
    ],
    ['admits HTTP by a TCPRoute alone (ACC-14)', 8080, [tcpRoute('t', [8080]), target(['TCPRoute/t'])], ['ns1/c1: *']],
    ['restricts HTTP to the ports of a TCPRoute alone', 9090, [tcpRoute('t', [8080]), target(['TCPRoute/t'])], []],
    ['admits no HTTP by a UDPRoute', 8080, [udpRoute('u', []), target(['UDPRoute/u'])], []],
    [
      'admits HTTP by a group beside a UDPRoute',
      8080,
      [G, udpRoute('u', [8301]), target(['HTTPRouteGroup/g', 'UDPRoute/u'])],
      ['ns1/c1: /a | /b'],
    ],
    [
      'compares destination.port (ACC-15), same',
      8080,
      [G, target(['HTTPRouteGroup/g'], { destination: { kind: 'ServiceAccount', name: 's', port: 8080 } })],
      ['ns1/c1: /a | /b'],
    ],
    [
      'compares destination.port (ACC-15), other',
      9090,
      [G, target(['HTTPRouteGroup/g'], { destination: { kind: 'ServiceAccount', name: 's', port: 8080 } })],
      [],
    ],
    [
      'never mixes two targets (ACC-12)',
      9090,
      [group('g1', [A]), tcpRoute('t', [8080]), target(['HTTPRouteGroup/g1', 'TCPRoute/t'])],
      [],
    ],
    ['grants TCP by port (ACC-17)', 8300, [tcpRoute('t', [8300]), target(['TCPRoute/t'])], ['ns1/c1: *']],
    ['denies TCP on another port', 8300, [tcpRoute('t', [8302]), target(['TCPRoute/t'])], []],
    ['grants no TCP by a group', 8300, [G, target(['HTTPRouteGroup/g'])], []],
    ['grants UDP by port (ACC-18)', 8301, [udpRoute('u', [8301]), target(['UDPRoute/u'])], ['ns1/c1: *']],
    ['grants no UDP by a TCPRoute', 8301, [tcpRoute('t', []), target(['TCPRoute/t'])], []],
    [
      'takes "*" and absence as all methods',
      8080,
      [group('g', [{ name: 'x', methods: ['*'] }, { name: 'y' }]), target(['HTTPRouteGroup/g'])],
      ['ns1/c1: (any) | (any)'],
    ],
    [
      'keeps methods, path and headers together',
      8080,
      [
        group('g', [{ name: 'x', methods: ['GET', 'HEAD'], pathRegex: '/a', headers: [{ name: 'X-A', regex: '1' }] }]),
        target(['HTTPRouteGroup/g']),
      ],
      ['ns1/c1: GET,HEAD /a X-A=1'],
    ],
    [
      'drops a match no proxy can load, and only that (SPC-10)',
      8080,
      [group('g', [{ name: 'x', pathRegex: '(' }, B]), target(['HTTPRouteGroup/g'])],
      ['ns1/c1: /b'],
    ],
    [
      'drops a match with an invalid header expression',
      8080,
      [group('g', [{ name: 'x', headers: [{ name: 'a', regex: '[' }] }]), target(['HTTPRouteGroup/g'])],
      [],
    ],
  ];
  for (const [name, port, objects, expected] of rows) {
    it(name, () => assert.deepEqual(grantsAt(port, objects), expected));
  }

  it('lets everyone in where the namespace allows by default', () => {
    const modes = new Map([['ns1', { access: 'allow' as const }]]);
    assert.deepEqual(grantsAt(8300, [], { modes }), [write(ANYONE)]);
  });

  it('takes plaintext only in a permissive namespace, and then as a peer without identity', () => {
    const modeOf = (mtls: 'strict' | 'permissive') =>
      compileInbound(world([], { modes: new Map([['ns1', { mtls }]]) }), indexSpecs([]), pod('s')).plaintext;
    assert.equal(modeOf('strict'), 'refused');
    assert.equal(modeOf('permissive'), 'authorized');
  });
});
