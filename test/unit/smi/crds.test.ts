import assert from 'node:assert/strict';
import { crdManifests, crdSchema, pruneUnknown, servedVersions, validateAgainstCrd } from '../../../src/smi/crds.js';
import type { CrdSchema } from '../../../src/smi/crds.js';
import type { HeadersShape, Json, KubeObject, SmiGroup } from '../../../src/smi/model.js';
import { apiVersionOf, kindsOf, RELEASED_VERSIONS } from '../../../src/smi/versions.js';

const groups = Object.keys(RELEASED_VERSIONS) as SmiGroup[];

function manifest(type: string, kind: string, fields: Record<string, Json>): KubeObject {
  const [group = '', version = ''] = type.split(' ');
  return { apiVersion: `${group}.smi-spec.io/${version}`, kind, metadata: { name: 'x', namespace: 'ns1' }, ...fields };
}

function refusals(object: unknown, headers: HeadersShape = 'map'): string[] {
  return validateAgainstCrd(object, { headers }).map(({ path }) => path.join('.'));
}

describe('the CRDs', () => {
  it('have a schema for every kind of every released version, and serve nothing else', () => {
    for (const group of groups) {
      assert.deepEqual(servedVersions(group), RELEASED_VERSIONS[group]);
      for (const version of RELEASED_VERSIONS[group]) {
        for (const kind of kindsOf(group, version))
          assert.ok(crdSchema(group, version, kind), `${group} ${version} ${kind}`);
      }
    }
    assert.equal(crdSchema('specs', 'v1alpha3', 'UDPRoute'), undefined);
    assert.deepEqual(servedVersions('apps'), []);
  });

  it('are named, stored in one version and structural', () => {
    assert.deepEqual(
      crdManifests().map(({ metadata }) => metadata.name),
      [
        'traffictargets.access.smi-spec.io',
        'httproutegroups.specs.smi-spec.io',
        'tcproutes.specs.smi-spec.io',
        'udproutes.specs.smi-spec.io',
        'trafficsplits.split.smi-spec.io',
      ],
    );
    for (const { metadata, spec } of [...crdManifests('map'), ...crdManifests('list')]) {
      assert.equal(metadata.name, `${spec.names.plural}.${spec.group}`);
      assert.equal(spec.versions.filter(({ storage }) => storage).length, 1);
      for (const { name, schema } of spec.versions)
        assertStructural(schema.openAPIV3Schema, `${metadata.name} ${name}`);
    }
  });

  it('differ between the two shapes of headers in nothing else', () => {
    const asText = (shape: HeadersShape): string => JSON.stringify(crdManifests(shape));
    assert.notEqual(asText('map'), asText('list'));
    assert.match(asText('list'), /"headers":\{"type":"array"/);
    const onlyKinds = crdManifests('list').filter(
      (crd, index) => JSON.stringify(crd) !== JSON.stringify(crdManifests()[index]),
    );
    assert.deepEqual(
      onlyKinds.map(({ spec }) => spec.names.kind),
      ['HTTPRouteGroup'],
    );
  });
});

/** What the API server demands of a schema: a type everywhere, or int-or-string. */
function assertStructural(schema: CrdSchema, where: string): void {
  assert.ok(schema.type !== undefined || schema['x-kubernetes-int-or-string'], `${where} has no type`);
  assert.ok(!(schema.properties && schema.additionalProperties), `${where} has both kinds of properties`);
  if (schema.type === 'array') assert.ok(schema.items, `${where} has no items`);
  for (const required of schema.required ?? []) assert.ok(schema.properties?.[required], `${where} lacks ${required}`);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    assertStructural(property, `${where}.${name}`);
  for (const nested of [schema.items, schema.additionalProperties]) if (nested) assertStructural(nested, `${where}[]`);
}

describe('admission', () => {
  const destination = { kind: 'ServiceAccount', name: 's' };
  const rules = [{ kind: 'HTTPRouteGroup', name: 'g' }];
  const sources = [{ kind: 'ServiceAccount', name: 'c' }];
  const split = (weight: Json, version = 'v1alpha4'): KubeObject =>
    manifest(`split ${version}`, 'TrafficSplit', { spec: { service: 'r', backends: [{ service: 'a', weight }] } });
  const target = (spec: Record<string, Json>, version = 'v1alpha3'): KubeObject =>
    manifest(`access ${version}`, 'TrafficTarget', { spec });
  const routes = (matches: Json, version = 'v1alpha4'): KubeObject =>
    manifest(`specs ${version}`, 'HTTPRouteGroup', { spec: { matches } });
  const tcp = (fields: Record<string, Json>, version = 'v1alpha4'): KubeObject =>
    manifest(`specs ${version}`, 'TCPRoute', fields);

  const weightPath = ['spec.backends.0.weight'];
  const cases: [title: string, object: KubeObject, refused: string[], headers?: HeadersShape][] = [
    ['CRD-01 a fractional weight in v4', split(0.5), weightPath],
    ['CRD-01 500m in v1', split('500m', 'v1alpha1'), []],
    ['CRD-02 a negative weight', split(-1), weightPath],
    ['CRD-03 a text as weight in v2', split('50', 'v1alpha2'), weightPath],
    ['CRD-03 a text as weight in v1', split('50', 'v1alpha1'), []],
    ['CRD-04 no backends', manifest('split v1alpha4', 'TrafficSplit', { spec: { service: 'r', backends: [] } }), []],
    ['CRD-06 no spec', manifest('split v1alpha4', 'TrafficSplit', {}), ['spec']],
    ['CRD-11 a map of headers', routes([{ name: 'm', headers: { a: 'b' } }]), []],
    [
      'CRD-11 a map in the list shape',
      routes([{ name: 'm', headers: { a: 'b' } }]),
      ['spec.matches.0.headers'],
      'list',
    ],
    ['CRD-12 a list of headers', routes([{ name: 'm', headers: [{ a: 'b' }] }]), [], 'list'],
    ['CRD-12 a list in the map shape', routes([{ name: 'm', headers: [{ a: 'b' }] }]), ['spec.matches.0.headers']],
    [
      'CRD-13 two keys in one item',
      routes([{ name: 'm', headers: [{ a: 'b', c: 'd' }] }]),
      ['spec.matches.0.headers.0'],
      'list',
    ],
    ['CRD-15 no matches', routes([]), []],
    ['CRD-17 a foreign method', routes([{ name: 'm', methods: ['PURGE'] }]), []],
    ['CRD-18 a match without name', routes([{ pathRegex: '/a' }]), ['spec.matches.0.name']],
    ['CRD-19 two matches of one name', routes([{ name: 'm' }, { name: 'm' }]), ['spec.matches.1.name']],
    ['CRD-21 an empty TCPRoute in v4', tcp({ spec: {} }), []],
    ['CRD-21 an empty TCPRoute in v3', tcp({ spec: {} }, 'v1alpha3'), []],
    ['CRD-22 empty matches', tcp({ spec: { matches: {} } }), []],
    ['CRD-23 no ports', tcp({ spec: { matches: { ports: [] } } }), []],
    ['CRD-24 port 70000', tcp({ spec: { matches: { ports: [70_000] } } }), ['spec.matches.ports.0']],
    ['CRD-25 no rules in v3', target({ destination, rules: [], sources }), ['spec.rules']],
    ['CRD-25 no rules in v2', target({ destination, rules: [], sources }, 'v1alpha2'), []],
    ['CRD-26 no sources in v3', target({ destination, rules, sources: [] }), ['spec.sources']],
    ['CRD-27 rules left out in v3', target({ destination, sources }), ['spec.rules']],
    [
      'CRD-29 a Group as destination',
      target({ destination: { ...destination, kind: 'Group' }, rules, sources }),
      ['spec.destination.kind'],
    ],
    ['ACC-35 a Group as source', target({ destination, rules, sources: [{ kind: 'Group', name: 'c' }] }), []],
    [
      'CRD-30 a GRPCRoute',
      target({ destination, rules: [{ kind: 'GRPCRoute', name: 'g' }], sources }),
      ['spec.rules.0.kind'],
    ],
    ['CRD-31 a UDPRoute in v3', target({ destination, rules: [{ kind: 'UDPRoute', name: 'u' }], sources }), []],
    [
      'CRD-32 a text as port in v2',
      target({ destination: { ...destination, port: '9091' } }, 'v1alpha2'),
      ['spec.destination.port'],
    ],
    ['CRD-33 no spec in v3', manifest('access v1alpha3', 'TrafficTarget', {}), ['spec']],
    ['CRD-34 no port in v1', manifest('access v1alpha1', 'TrafficTarget', { destination }), []],
  ];
  for (const [title, object, refused, headers] of cases) {
    it(`${refused.length === 0 ? 'admits' : 'refuses'} ${title}`, () =>
      assert.deepEqual(refusals(object, headers), refused));
  }

  it('CRD-07 a missing weight is refused by v4 only', () => {
    const spec = { service: 'r', backends: [{ service: 'a' }] };
    const verdicts = RELEASED_VERSIONS.split.map((version) =>
      refusals(manifest(`split ${version}`, 'TrafficSplit', { spec })),
    );
    assert.deepEqual(verdicts, [[], [], [], weightPath]);
  });

  it('CRD-08 a split matches by HTTPRouteGroup only', () => {
    const spec = { service: 'r', backends: [{ service: 'a', weight: 1 }], matches: [{ kind: 'TCPRoute', name: 't' }] };
    assert.deepEqual(refusals(manifest('split v1alpha3', 'TrafficSplit', { spec })), ['spec.matches.0.kind']);
  });

  it('refuses a type that is not served, and a bad name', () => {
    assert.deepEqual(refusals({ apiVersion: apiVersionOf('access', 'v1alpha4'), kind: 'TrafficTarget' }), [
      'apiVersion',
    ]);
    assert.deepEqual(refusals({ ...split(1), metadata: { name: 'Upper' } }), ['metadata.name']);
    assert.deepEqual(refusals(null), ['apiVersion']);
  });
});

describe('pruning', () => {
  it('drops what the version does not know, names it, and keeps the rest', () => {
    const destination = { kind: 'ServiceAccount', name: 's', port: 80 };
    const object = manifest('access v1alpha3', 'TrafficTarget', {
      spec: { destination, rules: [{ kind: 'a', x: 1 }] },
      extra: {},
    });
    const { manifest: stored, pruned } = pruneUnknown(object);
    assert.deepEqual(pruned, ['spec.destination.port', 'spec.rules[0].x', 'extra']);
    assert.deepEqual(stored['spec'], { destination: { kind: 'ServiceAccount', name: 's' }, rules: [{ kind: 'a' }] });
    assert.deepEqual(stored.metadata, object.metadata);
    assert.equal(object['extra'] !== undefined, true, 'the original is untouched');
  });

  it('empties a TCPRoute before v1alpha4 and a split before v1alpha3', () => {
    const ports = { spec: { matches: { ports: [80] } } };
    assert.deepEqual(pruneUnknown(manifest('specs v1alpha3', 'TCPRoute', ports)).manifest['spec'], {});
    const spec = { service: 'r', backends: [], matches: [{ kind: 'HTTPRouteGroup', name: 'g' }] };
    assert.deepEqual(pruneUnknown(manifest('split v1alpha2', 'TrafficSplit', { spec })).pruned, ['spec.matches']);
  });

  it('leaves header names alone in both shapes, and other types altogether', () => {
    for (const [headers, value] of [
      ['map', { a: 'b' }],
      ['list', [{ a: 'b' }]],
    ] as const) {
      const object = manifest('specs v1alpha4', 'HTTPRouteGroup', {
        spec: { matches: [{ name: 'm', headers: value }] },
      });
      assert.deepEqual(pruneUnknown(object, { headers }), { manifest: object, pruned: [], paths: [] });
    }
    const service: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { x: 1 } };
    assert.equal(pruneUnknown(service).manifest, service);
  });
});
