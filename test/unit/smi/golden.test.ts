import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { LATEST_PROFILE } from '../../../src/smi/model.js';
import type {
  HTTPRouteGroup,
  ObjectMeta,
  SmiObject,
  SmiProfile,
  TrafficSplit,
  TrafficTarget,
} from '../../../src/smi/model.js';
import { parseSmi } from '../../../src/smi/parse.js';
import { renderSmi } from '../../../src/smi/render/index.js';

const meta = (name: string): ObjectMeta => ({ name, namespace: 'shop' });

const target: TrafficTarget = {
  kind: 'TrafficTarget',
  metadata: meta('target'),
  destination: { kind: 'ServiceAccount', name: 'server', namespace: 'shop' },
  rules: [
    { kind: 'TCPRoute', name: 'tcp' },
    { kind: 'HTTPRouteGroup', name: 'routes', matches: ['metrics'] },
  ],
  sources: [{ kind: 'ServiceAccount', name: 'client', namespace: 'web' }],
};
const targetWithPort: TrafficTarget = { ...target, destination: { ...target.destination, port: 8080 } };

const plainMatch = { name: 'metrics', pathRegex: '/metrics', methods: ['GET', 'HEAD'] };
const plainGroup: HTTPRouteGroup = { kind: 'HTTPRouteGroup', metadata: meta('routes'), matches: [plainMatch] };
const headers = [
  { name: 'user-agent', regex: '.*Android.*' },
  { name: 'cookie', regex: '.*session.*' },
];
const headerGroup: HTTPRouteGroup = { ...plainGroup, matches: [{ ...plainMatch, headers }] };
const tcp = (ports: number[]): SmiObject => ({ kind: 'TCPRoute', metadata: meta('tcp'), ports });
const udp: SmiObject = { kind: 'UDPRoute', metadata: meta('udp'), ports: [8080, 9090] };

const split = (one: number, other: number): TrafficSplit => ({
  kind: 'TrafficSplit',
  metadata: meta('rollout'),
  service: 'website',
  backends: [
    { service: 'website-v1', weight: one },
    { service: 'website-v2', weight: other },
  ],
});
const matchedSplit: TrafficSplit = { ...split(1000, 500), matches: [{ kind: 'HTTPRouteGroup', name: 'firefox' }] };

const pod = (name: string): { kind: string; name: string; namespace: string } => ({
  kind: 'Pod',
  name,
  namespace: 'shop',
});
const metrics: SmiObject = {
  kind: 'TrafficMetrics',
  metadata: meta('client'),
  resource: pod('client'),
  edge: { direction: 'to', side: 'client', resource: pod('server') },
  backend: { apex: 'website', name: 'website-v1', weight: 0.5 },
  timestamp: '2019-04-08T22:25:55Z',
  window: '30s',
  metrics: [
    { name: 'p99_response_latency', unit: 'seconds', value: 0.01 },
    { name: 'success_count', value: 100 },
  ],
};

const goldens: [file: string, versions: Partial<SmiProfile>, objects: SmiObject[]][] = [
  ['access-v1alpha1', { access: 'v1alpha1' }, [targetWithPort]],
  ['access-v1alpha2', { access: 'v1alpha2' }, [targetWithPort]],
  ['access-v1alpha3', { access: 'v1alpha3' }, [target]],
  ['specs-v1alpha1', { specs: 'v1alpha1' }, [plainGroup, tcp([])]],
  ['specs-v1alpha2-map', { specs: 'v1alpha2', headers: 'map' }, [headerGroup, tcp([])]],
  ['specs-v1alpha2-list', { specs: 'v1alpha2', headers: 'list' }, [headerGroup, tcp([])]],
  ['specs-v1alpha3-map', { specs: 'v1alpha3', headers: 'map' }, [headerGroup, tcp([])]],
  ['specs-v1alpha3-list', { specs: 'v1alpha3', headers: 'list' }, [headerGroup, tcp([])]],
  ['specs-v1alpha4-map', { specs: 'v1alpha4', headers: 'map' }, [headerGroup, tcp([8080, 9090]), udp]],
  ['specs-v1alpha4-list', { specs: 'v1alpha4', headers: 'list' }, [headerGroup, tcp([8080, 9090]), udp]],
  ['split-v1alpha1', { split: 'v1alpha1' }, [split(1, 0.5)]],
  ['split-v1alpha2', { split: 'v1alpha2' }, [split(1000, 500)]],
  ['split-v1alpha3', { split: 'v1alpha3' }, [matchedSplit]],
  ['split-v1alpha4', { split: 'v1alpha4' }, [matchedSplit]],
  ['metrics-v1alpha1', {}, [metrics]],
];

describe('golden manifests', () => {
  for (const [file, versions, objects] of goldens) {
    const text = readFileSync(new URL(`golden/${file}.yaml`, import.meta.url), 'utf8');

    it(`reads ${file}`, () => {
      const parsed = parseSmi(text, file);
      assert.deepEqual(parsed.problems, []);
      assert.deepEqual(
        parsed.objects.map(({ object }) => object),
        objects,
      );
      const expectedShape = file.endsWith('-map') ? 'map' : file.endsWith('-list') ? 'list' : undefined;
      assert.equal(parsed.objects[0]?.headers, expectedShape);
    });

    it(`writes ${file}`, () => {
      const rendered = objects.map((object) => renderSmi(object, { ...LATEST_PROFILE, ...versions }));
      assert.deepEqual(
        rendered.flatMap(({ losses }) => losses),
        [],
      );
      assert.deepEqual(
        rendered.map(({ manifest }) => manifest),
        parseAllDocuments(text).map((document) => document.toJS() as unknown),
      );
    });
  }
});

describe('what a version cannot carry', () => {
  const lossPaths = (object: SmiObject, versions: Partial<SmiProfile>): string[] =>
    renderSmi(object, { ...LATEST_PROFILE, ...versions }).losses.map(({ path }) => path);

  it('names the port that access v1alpha3 lost', () => {
    assert.deepEqual(lossPaths(targetWithPort, { access: 'v1alpha3' }), ['destination.port']);
  });

  it('names the UDP rule that access before v1alpha3 cannot hold', () => {
    const udpTarget: TrafficTarget = { ...target, rules: [...target.rules, { kind: 'UDPRoute', name: 'udp' }] };
    const { manifest, losses } = renderSmi(udpTarget, { ...LATEST_PROFILE, access: 'v1alpha2' });
    assert.deepEqual(
      losses.map(({ path }) => path),
      ['rules[2]'],
    );
    assert.equal((manifest?.['spec'] as { rules: unknown[] }).rules.length, 2);
  });

  it('names the ports that specs before v1alpha4 lost', () => {
    assert.deepEqual(lossPaths(tcp([8080]), { specs: 'v1alpha3' }), ['ports']);
    assert.deepEqual(lossPaths(tcp([]), { specs: 'v1alpha3' }), []);
  });

  it('has no manifest at all for a UDPRoute before specs v1alpha4', () => {
    const { manifest, losses } = renderSmi(udp, { ...LATEST_PROFILE, specs: 'v1alpha3' });
    assert.equal(manifest, null);
    assert.match(losses[0]?.what ?? '', /UDPRoute does not exist in specs\.smi-spec\.io\/v1alpha3/);
  });

  it('names the matches that split before v1alpha3 lost', () => {
    assert.deepEqual(lossPaths(matchedSplit, { split: 'v1alpha2' }), ['matches']);
  });

  it('names the headers that specs v1alpha1 lost', () => {
    assert.deepEqual(lossPaths(headerGroup, { specs: 'v1alpha1' }), ['matches[0].headers']);
  });

  it('names a header that a map cannot repeat, and a list can', () => {
    const twice = [...headers, { name: 'cookie', regex: '.*admin.*' }];
    const group: HTTPRouteGroup = { ...plainGroup, matches: [{ ...plainMatch, headers: twice }] };
    assert.deepEqual(lossPaths(group, { headers: 'map' }), ['matches[0].headers[2]']);
    assert.deepEqual(lossPaths(group, { headers: 'list' }), []);
  });

  it('scales fractional weights to whole numbers in the same ratio, and says so', () => {
    const { manifest, losses } = renderSmi(split(1, 0.5), { ...LATEST_PROFILE, split: 'v1alpha2' });
    const { backends } = manifest?.['spec'] as { backends: { weight: number }[] };
    assert.deepEqual(
      backends.map(({ weight }) => weight),
      [2, 1],
    );
    assert.deepEqual(
      losses.map(({ path }) => path),
      ['backends[0].weight', 'backends[1].weight'],
    );
    assert.match(losses[0]?.consequence ?? '', /the ratio is the same/);
  });

  it('says that a weight below a nano is rounded up', () => {
    assert.deepEqual(lossPaths(split(1, 1e-12), { split: 'v1alpha1' }), ['backends[1].weight']);
  });
});
