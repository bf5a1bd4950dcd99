import assert from 'node:assert/strict';
import { createFaults } from '../../../../../drivers/reference/faults/index.js';
import type { HttpMatch, SmiObject, TrafficTarget } from '../../../../../src/smi/model.js';
import { group, target, tcpRoute, udpRoute } from '../world.js';
import { accountsWith, conditionsWith, grantsWith, policyWith } from './with-fault.js';

const a = { name: 'a', pathRegex: '/a' };
const b = { name: 'b', pathRegex: '/b' };
const G = group('g', [a, b]);
const account = (name: string, namespace?: string) => ({
  kind: 'ServiceAccount',
  name,
  ...(namespace === undefined ? {} : { namespace }),
});
const pathsWith = (fault: string | undefined, objects: readonly SmiObject[]): readonly (string | undefined)[] =>
  conditionsWith(fault, objects).map(({ pathRegex }) => pathRegex);
/** What the fault makes of one match. */
const matchWith = (fault: string | undefined, match: Omit<HttpMatch, 'name'>) =>
  conditionsWith(fault, [group('g', [{ name: 'm', ...match }]), target(['HTTPRouteGroup/g'])]);

describe('faults of the reference mesh: targets', () => {
  const both = target(['HTTPRouteGroup/g'], { sources: [account('c1'), account('c2')] });

  it('first-source-only forgets the others', () => {
    assert.deepEqual(accountsWith(undefined, [G, both]), ['ns1/c1', 'ns1/c2']);
    assert.deepEqual(accountsWith('first-source-only', [G, both]), ['ns1/c1']);
  });

  it('removed-source-stays remembers who was listed once', () => {
    const faults = createFaults(['removed-source-stays']);
    faults.objects([both]);
    const [kept] = faults.objects([{ ...both, sources: [account('c2')] }]) as TrafficTarget[];
    assert.deepEqual(kept?.sources.map(({ name }) => name).sort(), ['c1', 'c2']);
  });

  it('empty-sources-open lets everybody of the mesh in by a target without sources', () => {
    const nobody = target(['HTTPRouteGroup/g'], { sources: [] });
    assert.deepEqual(grantsWith(undefined, [G, nobody]), []);
    assert.deepEqual(accountsWith('empty-sources-open', [G, nobody]), ['authenticated']);
    assert.deepEqual(accountsWith('empty-sources-open', [G, both]), ['ns1/c1', 'ns1/c2']);
  });

  const twoRules = [group('ga', [a]), group('gb', [b]), target(['HTTPRouteGroup/ga', 'HTTPRouteGroup/gb'])];

  it('first-rule-only forgets the others', () => {
    assert.deepEqual(pathsWith(undefined, twoRules), ['/a', '/b']);
    assert.deepEqual(pathsWith('first-rule-only', twoRules), ['/a']);
  });

  it('rules-anded keeps what all rules have in common', () => {
    assert.deepEqual(pathsWith('rules-anded', twoRules), []);
    const shared = [group('ga', [a, b]), group('gb', [{ ...b, name: 'other' }]), twoRules[2] as TrafficTarget];
    assert.deepEqual(pathsWith('rules-anded', shared), ['/b']);
    assert.deepEqual(pathsWith('rules-anded', [G, both]), ['/a', '/b']);
  });

  it('empty-rules-open opens everything to the sources of a target without rules', () => {
    const open = target([]);
    assert.deepEqual(grantsWith(undefined, [G, open]), []);
    assert.deepEqual(accountsWith('empty-rules-open', [G, open]), ['ns1/c1']);
    assert.deepEqual(pathsWith('empty-rules-open', [G, open]), ['.*']);
  });

  const twoTargets = [
    group('ga', [a]),
    group('gb', [b]),
    target(['HTTPRouteGroup/ga'], { source: 'c1' }),
    target(['HTTPRouteGroup/gb'], { source: 'c2' }),
  ];

  it('first-target-only forgets the younger ones', () => {
    assert.deepEqual(accountsWith('first-target-only', twoTargets), ['ns1/c1']);
    const elsewhere = target(['HTTPRouteGroup/ga'], { destination: account('other') });
    assert.equal(createFaults(['first-target-only']).objects([...twoTargets, elsewhere]).length, 4);
  });

  it('targets-mixed gives each source the routes of the others', () => {
    const mixed = grantsWith('targets-mixed', twoTargets).map(({ peers, conditions }) => [
      peers.kind === 'identities' ? peers.identities.map(({ serviceAccount }) => serviceAccount).sort() : [],
      conditions?.map(({ pathRegex }) => pathRegex),
    ]);
    assert.deepEqual(mixed, [
      [['c1', 'c2'], ['/a']],
      [['c1', 'c2'], ['/b']],
    ]);
  });

  it('kind-blind takes a Group for the account of its name, and any rule for a route group', () => {
    const odd = target([{ kind: 'GRPCRoute', name: 'g' }], {
      destination: { kind: 'Group', name: 's' },
      sources: [{ kind: 'Group', name: 'c1' }],
    });
    assert.deepEqual(grantsWith(undefined, [G, odd]), []);
    assert.deepEqual(accountsWith('kind-blind', [G, odd]), ['ns1/c1']);
    assert.deepEqual(pathsWith('kind-blind', [G, odd]), ['/a', '/b']);
  });

  const named = target([{ kind: 'HTTPRouteGroup', name: 'g', matches: ['a'] }]);

  it('matches-ignored opens the whole group', () => {
    assert.deepEqual(pathsWith(undefined, [G, named]), ['/a']);
    assert.deepEqual(pathsWith('matches-ignored', [G, named]), ['/a', '/b']);
  });

  it('omitted-matches-deny takes no matches for none', () => {
    assert.deepEqual(grantsWith('omitted-matches-deny', [G, both]), []);
    assert.deepEqual(pathsWith('omitted-matches-deny', [G, named]), ['/a']);
  });

  it('unknown-match-widens opens the whole group for a name it lacks', () => {
    const bogus = target([{ kind: 'HTTPRouteGroup', name: 'g', matches: ['a', 'bogus'] }]);
    assert.deepEqual(pathsWith(undefined, [G, bogus]), ['/a']);
    assert.deepEqual(pathsWith('unknown-match-widens', [G, bogus]), ['/a', '/b']);
    assert.deepEqual(pathsWith('unknown-match-widens', [G, named]), ['/a']);
  });

  it('missing-group-open opens everything for a group that is not there', () => {
    assert.deepEqual(grantsWith(undefined, [named]), []);
    assert.deepEqual(pathsWith('missing-group-open', [named]), ['.*']);
    assert.deepEqual(pathsWith('missing-group-open', [G, named]), ['/a']);
  });

  it('empty-group-open opens everything for a group without matches', () => {
    assert.deepEqual(pathsWith('empty-group-open', [group('g', []), both]), ['.*']);
    assert.deepEqual(pathsWith('empty-group-open', [G, both]), ['/a', '/b']);
  });

  it('group-deletion-ignored hears of everything but that', () => {
    const { hears } = createFaults(['group-deletion-ignored']);
    assert.ok(!hears({ action: 'deleted', object: G }));
    assert.ok(hears({ action: 'applied', object: G }) && hears({ action: 'deleted', object: both }));
  });
});

describe('faults of the reference mesh: paths', () => {
  for (const [fault, expression, read] of [
    ['unanchored-path', '/a', '.*(/a).*'],
    ['unanchored-path', '.*', '.*'],
    ['regex-prefix', '/a', '(/a).*'],
    ['literal-path', '/a.c', '/a\\.c'],
    ['literal-path', '/a\\.c', '/a\\.c'],
    ['literal-path', '.*', '.*'],
    ['case-insensitive-path', '/pub.*', '(?i)/pub.*'],
    ['alternation-lost', '/(a|b)', '/(a)'],
    ['alternation-lost', '/(a)', '/(a)'],
  ] as const) {
    it(`${fault} reads ${expression} as ${read}`, () => {
      assert.equal(matchWith(fault, { pathRegex: expression })[0]?.pathRegex, read);
    });
  }

  it('ignore-path keeps the methods', () => {
    assert.deepEqual(matchWith('ignore-path', { pathRegex: '/a', methods: ['GET'] }), [
      { methods: ['GET'], headers: [] },
    ]);
  });

  it('query-included asks for the path with its query', () => {
    assert.deepEqual(matchWith('query-included', { pathRegex: '/a' }), [{ headers: [{ name: ':path', regex: '/a' }] }]);
  });
});

describe('faults of the reference mesh: methods and headers', () => {
  for (const [fault, methods, read] of [
    ['first-method-only', ['GET', 'HEAD'], ['GET']],
    ['wildcard-get-only', ['*'], ['GET']],
    ['wildcard-get-only', ['POST'], ['POST']],
    ['head-as-get', ['GET'], ['GET', 'HEAD']],
    ['head-as-get', ['POST'], ['POST']],
  ] as const) {
    it(`${fault} reads ${methods.join(', ')} as ${read.join(', ')}`, () => {
      assert.deepEqual(matchWith(fault, { methods })[0]?.methods, read);
    });
  }

  const one = { name: 'x-one', regex: 'a.*' };
  const two = { name: 'x-two', regex: 'b.*' };
  for (const [fault, headers, read] of [
    ['ignore-headers', [one, two], [[]]],
    ['headers-or', [one, two], [[one], [two]]],
    ['headers-or', [one], [[one]]],
    ['first-header-only', [one, two], [[one]]],
    ['header-exact', [one], [[{ ...one, regex: 'a\\.\\*' }]]],
    ['header-presence', [one], [[{ ...one, regex: '.*' }]]],
    ['header-name-case', [one], [[one]]],
    ['header-name-case', [{ ...one, name: 'X-One' }], []],
  ] as const) {
    it(`${fault} makes of ${JSON.stringify(headers)}: ${JSON.stringify(read)}`, () => {
      assert.deepEqual(
        matchWith(fault, { headers }).map((condition) => condition.headers),
        read,
      );
    });
  }
});

describe('faults of the reference mesh: ports, protocols, namespaces, identities', () => {
  const routes = (ports: readonly number[]) => [
    tcpRoute('t', ports),
    udpRoute('u', [8301]),
    target(['TCPRoute/t', 'UDPRoute/u']),
  ];

  it('first-port-only forgets the others', () => {
    assert.equal(grantsWith(undefined, routes([1, 8300]), 8300).length, 1);
    assert.equal(grantsWith('first-port-only', routes([1, 8300]), 8300).length, 0);
  });

  it('empty-ports-deny takes no ports for none', () => {
    assert.equal(grantsWith(undefined, routes([]), 8300).length, 1);
    assert.equal(grantsWith('empty-ports-deny', routes([]), 8300).length, 0);
  });

  it('destination-port-ignored keeps the ports of routes', () => {
    const port = [G, target(['HTTPRouteGroup/g'], { destination: { kind: 'ServiceAccount', name: 's', port: 1 } })];
    assert.equal(grantsWith(undefined, port).length, 0);
    assert.equal(grantsWith('destination-port-ignored', port).length, 1);
    assert.equal(grantsWith('destination-port-ignored', routes([1]), 8300).length, 0);
  });

  it('tcp-open leaves HTTP and UDP alone', () => {
    const { ports } = policyWith('tcp-open', []);
    const open = ports.filter(({ grants }) => grants.length > 0).map(({ protocol }) => protocol);
    assert.deepEqual([...new Set(open)], ['tcp']);
  });

  it('udp-by-tcp-route opens UDP where TCP is open', () => {
    const onlyTcp = [tcpRoute('t', [8301]), target(['TCPRoute/t'])];
    assert.equal(grantsWith(undefined, onlyTcp, 8301).length, 0);
    assert.equal(grantsWith('udp-by-tcp-route', onlyTcp, 8301).length, 1);
  });

  it('udp-route-ignored opens none', () => {
    assert.equal(grantsWith(undefined, routes([1]), 8301).length, 1);
    assert.equal(grantsWith('udp-route-ignored', routes([1]), 8301).length, 0);
  });

  it('source-namespace-ignored looks for a source beside the target', () => {
    const foreign = [G, target(['HTTPRouteGroup/g'], { sources: [account('c1', 'ns2')] })];
    assert.deepEqual(accountsWith(undefined, foreign), ['ns2/c1']);
    assert.deepEqual(accountsWith('source-namespace-ignored', foreign), ['ns1/c1']);
  });

  it('foreign-group borrows a group of the same name only where there is none', () => {
    const elsewhere = [group('g', [b], 'ns2'), target(['HTTPRouteGroup/g'])];
    assert.deepEqual(pathsWith(undefined, elsewhere), []);
    assert.deepEqual(pathsWith('foreign-group', elsewhere), ['/b']);
    assert.deepEqual(pathsWith('foreign-group', [group('g', [a]), ...elsewhere]), ['/a']);
  });

  const c1 = { namespace: 'ns1', serviceAccount: 'c1' };
  const c2 = { namespace: 'ns1', serviceAccount: 'c2' };

  it('wrong-san and identity-by-address give the account of who was first', () => {
    const byName = createFaults(['wrong-san']);
    assert.deepEqual(byName.certified(c1, 'ns1/heir', '127.0.0.1'), c1);
    assert.deepEqual(byName.certified(c2, 'ns1/heir', '127.0.0.2'), c1);
    assert.deepEqual(byName.certified(c2, 'ns1/other', '127.0.0.1'), c2);
    const byAddress = createFaults(['identity-by-address']);
    assert.deepEqual(byAddress.certified(c1, 'ns1/a', '127.0.0.1'), c1);
    assert.deepEqual(byAddress.certified(c2, 'ns1/b', '127.0.0.1'), c1);
    assert.deepEqual(byAddress.certified(c2, 'ns1/a', '127.0.0.2'), c2);
  });

  it('identity-header-trusted lets in whoever names a listed account', () => {
    const [, believing] = grantsWith('identity-header-trusted', [G, target(['HTTPRouteGroup/g'])]);
    assert.deepEqual(believing?.peers, { kind: 'authenticated' });
    assert.deepEqual(believing?.conditions?.[0]?.headers, [{ name: 'l5d-client-id', regex: '(c1)\\..*' }]);
  });

  it('permissive-ignored never takes plaintext', () => {
    const policy = { plaintext: 'authorized', ports: [] } as const;
    assert.equal(createFaults(['permissive-ignored']).inbound(policy).plaintext, 'refused');
  });
});
