import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { translate, type World } from '../../../../drivers/istio/translate/index.js';
import { group, http, match, split, target, tcp, tcpRule, udp, udpRule } from '../../../../src/cases/objects.js';
import type { Wanted } from '../../../../src/mesh/driver.js';
import { LATEST_PROFILE, type SmiObject } from '../../../../src/smi/model.js';
import { renderSmi } from '../../../../src/smi/render/index.js';
import { PACKAGE_ROOT } from '../../../../src/package-root.js';

const web = (name: string, ...ports: World['services'][number]['ports']): World['services'][number] => ({
  name,
  namespace: 'ns1',
  ports,
});
const http8080 = { port: 8080, targetPort: 8080, protocol: 'http' } as const;
const tcp8300 = { port: 8300, targetPort: 8300, protocol: 'tcp' } as const;
const udp8300 = { port: 8300, targetPort: 8300, protocol: 'udp' } as const;

const WORLD: World = {
  mode: 'exact',
  trustDomain: 'cluster.local',
  pods: [
    {
      namespace: 'ns1',
      serviceAccount: 's',
      ports: [
        { name: 'http', port: 8080, protocol: 'http' },
        { name: 'tcp', port: 8300, protocol: 'tcp' },
        { name: 'tcp-2', port: 8301, protocol: 'tcp' },
        { name: 'udp', port: 8302, protocol: 'udp' },
      ],
    },
  ],
  services: [
    web('root', http8080, tcp8300, udp8300),
    web('v1', http8080, tcp8300),
    web('v2', http8080, tcp8300),
    web('odd', { port: 1024, targetPort: 8080, protocol: 'http' }),
  ],
};
const PLAIN: World = { ...WORLD, mode: 'plain' };

function want(objects: readonly SmiObject[]): Wanted[] {
  return objects.map((object) => {
    const { manifest } = renderSmi(object, LATEST_PROFILE);
    assert.ok(manifest !== null);
    return { object, manifest };
  });
}

const say = (objects: readonly SmiObject[], world = WORLD) => translate(want(objects), world);
const lastOf = (objects: readonly SmiObject[], world = WORLD) => {
  const { faithfulness } = say(objects, world);
  assert.equal(faithfulness.length, objects.length);
  return faithfulness.at(-1);
};

const GOLDEN: Readonly<Record<string, { readonly objects: readonly SmiObject[]; readonly world?: World }>> = {
  'routes-without-expressions': {
    objects: [
      group('g', [
        match('any', '.*'),
        match('exact', '/metrics', { methods: ['GET', 'HEAD'] }),
        match('prefix', '/api/.*', {
          headers: [
            { name: 'User-Agent', regex: 'curl.*' },
            { name: 'Host', regex: 'srv' },
          ],
        }),
        match('choice', '/(a|b)'),
      ]),
      target('t', { from: ['c1', 'ns2/c2'], rules: [http('g')] }),
    ],
  },
  'expressions-through-a-filter': {
    objects: [
      group('g', [
        match('plain', '/plain'),
        match('class', '/v[0-9]+', { methods: ['GET'] }),
        { name: 'header', headers: [{ name: 'user-agent', regex: '.*Android.*' }] },
      ]),
      tcp('p', [8080]),
      target('t', { from: ['c1'], rules: [http('g'), tcpRule('p')] }),
    ],
  },
  'expressions-left-out': {
    objects: [
      group('g', [match('plain', '/plain'), match('class', '/v[0-9]+')]),
      target('t', { from: ['c1'], rules: [http('g')] }),
    ],
    world: PLAIN,
  },
  'ports-of-streams': {
    objects: [
      tcp('p', [8301, 8300]),
      group('g', [match('any', '.*')]),
      target('streams', { from: ['c1'], rules: [tcpRule('p')] }),
      target('both', { from: ['c2'], rules: [tcpRule('p'), http('g')] }),
      tcp('all'),
      target('everything', { from: ['c3'], rules: [tcpRule('all')] }),
    ],
  },
  'split-by-weight': { objects: [split('ts', 'root', { v1: 80, v2: 20, odd: 5, gone: 1 })] },
  'split-by-request': {
    objects: [
      group('g', [
        match('beta', '/beta/.*', { methods: ['GET', 'POST'] }),
        { name: 'cookie', headers: [{ name: 'cookie', regex: '.*beta.*' }] },
      ]),
      split('ts', 'root', { v1: 0, v2: 1 }, [{ kind: 'HTTPRouteGroup', name: 'g' }]),
    ],
  },
};

describe('translation into Istio', () => {
  for (const [name, { objects, world }] of Object.entries(GOLDEN)) {
    it(`${name} is what its golden file says`, () => {
      const file = join(PACKAGE_ROOT, 'fixtures/golden/istio', `${name}.yaml`);
      const text = stringify(say(objects, world), { aliasDuplicateObjects: false });
      if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
      assert.ok(existsSync(file), `${file} is missing: run with UPDATE_GOLDEN=1`);
      assert.equal(text, readFileSync(file, 'utf8'));
    });
  }

  it('says nothing for a target that grants nothing, and that is exact', () => {
    const g = group('g', [match('any', '.*')]);
    const nothing: readonly (readonly SmiObject[])[] = [
      [g, target('t', { from: [], rules: [http('g')] })],
      [g, target('t', { from: ['c1'], rules: [] })],
      [target('t', { from: ['c1'], rules: [http('missing')] })],
      [target('t', { from: ['c1'], rules: [tcpRule('missing')] })],
      [group('g', []), target('t', { from: ['c1'], rules: [http('g')] })],
      [group('g', [match('none', '/a', { methods: [] })]), target('t', { from: ['c1'], rules: [http('g')] })],
      [g, target('t', { from: ['c1'], rules: [http('g', 'no-such-match')] })],
      [g, tcp('p', [9090]), target('t', { from: ['c1'], rules: [http('g'), tcpRule('p')], port: 8080 })],
    ];
    for (const objects of nothing) {
      assert.deepEqual(say(objects).objects, [], JSON.stringify(objects));
      assert.equal(lastOf(objects)?.fidelity, 'exact');
    }
  });

  it('leaves a broken expression out of every object, with the reason', () => {
    const objects = [
      group('g', [match('bad', '('), match('good', '/a')]),
      target('t', { from: ['c1'], rules: [http('g')] }),
    ];
    const expression = say(objects);
    assert.deepEqual(
      expression.objects.map(({ kind }) => kind),
      ['AuthorizationPolicy'],
    );
    assert.ok(!JSON.stringify(expression.objects).includes('"("'));
    assert.match(expression.faithfulness.at(-1)?.reasons.join() ?? '', /g\/bad grants nothing/);
  });

  it('never lets streams in by a route of HTTP', () => {
    const objects = [group('g', [match('any', '.*')]), target('t', { from: ['c1'], rules: [http('g')] })];
    const [policy] = say(objects).objects;
    assert.match(JSON.stringify(policy), /"paths":\["\*"\]/);
  });

  it('says in plain mode what is lost, and nothing of a target that is lost as a whole', () => {
    const lossy = [
      group('g', [match('a', '/a'), match('b', '/b.c')]),
      target('t', { from: ['c1'], rules: [http('g')] }),
    ];
    assert.equal(lastOf(lossy, PLAIN)?.fidelity, 'lossy');
    const lost = [group('g', [match('b', '/b.c')]), target('t', { from: ['c1'], rules: [http('g')] })];
    assert.equal(lastOf(lost, PLAIN)?.fidelity, 'unsupported');
    assert.deepEqual(say(lost, PLAIN).objects, []);
    assert.equal(lastOf(lost)?.fidelity, 'exact');
  });

  it('has no words for UDP', () => {
    assert.equal(lastOf([udp('u', [8302])])?.fidelity, 'unsupported');
    assert.equal(lastOf([udp('u'), target('t', { from: ['c1'], rules: [udpRule('u')] })])?.fidelity, 'unsupported');
    const half = [udp('u'), tcp('p', [8300]), target('t', { from: ['c1'], rules: [udpRule('u'), tcpRule('p')] })];
    assert.equal(lastOf(half)?.fidelity, 'lossy');
  });

  it('keeps a literal asterisk, brace or odd method away from the wildcards of a policy', () => {
    for (const one of [match('m', '/a\\*'), match('m', '/\\{x\\}'), match('m', '/a', { methods: ['G*'] })]) {
      const { objects } = say([group('g', [one]), target('t', { from: ['c1'], rules: [http('g')] })]);
      assert.deepEqual(
        objects.map(({ kind }) => kind),
        ['EnvoyFilter'],
      );
    }
  });

  it('never routes a share to another namespace', () => {
    const { objects, faithfulness } = say([split('ts', 'root', { v1: 50, 'v2.ns2': 50 })]);
    assert.ok(!JSON.stringify(objects).includes('ns2'));
    assert.match(JSON.stringify(objects), /"no-such-service","port":8080,"weight":1/);
    assert.equal(faithfulness[0]?.fidelity, 'exact');
    assert.equal(lastOf([split('ts', 'root.ns2', { v1: 1 })])?.fidelity, 'unsupported');
    assert.deepEqual(
      say([split('ts', 'root.ns1.svc.cluster.local', { 'v1.ns1': 1 })]).objects.map(({ spec }) => spec),
      say([split('ts', 'root', { v1: 1 })]).objects.map(({ spec }) => spec),
    );
  });

  it('refuses what a route cannot say, with the reason', () => {
    const custom = [
      group('g', [match('m', '/', { methods: ['PURGE'] })]),
      split('ts', 'root', { v1: 1 }, [{ kind: 'HTTPRouteGroup', name: 'g' }]),
    ];
    assert.deepEqual(lastOf(custom), {
      fidelity: 'unsupported',
      reasons: ['match g/m: an HTTPRoute cannot ask for the method PURGE'],
    });
    assert.equal(lastOf([split('ts', 'root', { v1: -1 })])?.fidelity, 'unsupported');
    const many = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`s${index}`, 1]));
    assert.match(lastOf([split('ts', 'root', many)])?.reasons[0] ?? '', /more than 16 backends/);
    assert.equal(lastOf([split('ts', 'root', { v1: 1e-9, v2: 1 })])?.fidelity, 'lossy');
  });

  it('fails every call when no backend has a weight', () => {
    const { objects } = say([split('ts', 'root', { v1: 0, v2: 0 })]);
    const rules = objects.map(({ kind, spec }) => [kind, (spec as { rules: unknown }).rules]);
    assert.deepEqual(rules, [
      ['HTTPRoute', [{ backendRefs: [] }]],
      ['TCPRoute', [{ backendRefs: [{ name: 'no-such-service', port: 8300, weight: 0 }] }]],
    ]);
  });

  it('calls the same object by the same name, and different ones by different names', () => {
    const rule = [http('g')];
    const g = group('g', [match('a', '/a')]);
    const first = say([g, target('t', { from: ['c1'], rules: rule })]).objects;
    const again = say([
      g,
      target('u', { from: ['c2'], rules: rule }),
      target('t', { from: ['c1'], rules: rule }),
    ]).objects;
    assert.deepEqual(again[1], first[0]);
    const name = (namespaced: string): string | undefined =>
      say([g, group('ns2/g', g.matches), target(namespaced, { from: ['c1'], rules: rule })]).objects[0]?.metadata.name;
    assert.notEqual(name('t'), name('ns2/t'));
  });
});
