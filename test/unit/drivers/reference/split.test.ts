import assert from 'node:assert/strict';
import fc from 'fast-check';
import { indexSpecs } from '../../../../drivers/reference/policy/specs.js';
import { compileRouting, indexSplits } from '../../../../drivers/reference/policy/split.js';
import { toWholeWeights } from '../../../../drivers/reference/policy/weights.js';
import type { Service } from '../../../../src/mesh/driver.js';
import type { SmiObject } from '../../../../src/smi/model.js';
import { group, matchGroups, service, split } from './world.js';

const ROOT = service('root');
const LEAVES = [service('v1'), service('v2')];

/** Routes of the root, each as `conditions → leg weight, …`. */
function routes(
  objects: readonly SmiObject[],
  services: readonly Service[] = [ROOT, ...LEAVES],
  root: Service = ROOT,
): string[] {
  const [port] = root.ports;
  assert.ok(port);
  const byName = new Map([root, ...services].map((each) => [`${each.namespace}/${each.name}`, each]));
  const specs = indexSpecs(objects);
  const routing = compileRouting(root, port, {
    split: indexSplits(objects).get(`${root.namespace}/${root.name}`),
    services: byName,
    specs,
  });
  return routing.map(({ conditions, legs }) => {
    const when = conditions?.map((condition) => JSON.stringify(condition)).join(' or ');
    return `${when === undefined ? '' : `${when} → `}${legs.map((leg) => `${leg.to.service} ${leg.weight}`).join(', ') || 'nothing'}`;
  });
}

describe('reference mesh: traffic split', () => {
  const rows: [name: string, objects: SmiObject[], expected: string[]][] = [
    ['leaves a root without split to its selector', [], ['root 1']],
    ['gives weight 0 nothing (SPL-02)', [split({ v1: 100, v2: 0 })], ['v1 1']],
    ['keeps ratios (SPL-05)', [split({ v1: 1000, v2: 500 })], ['v1 2, v2 1']],
    ['scales fractions exactly', [split({ v1: 0.5, v2: 0.25 })], ['v1 2, v2 1']],
    ['keeps extreme ratios (SPL-07)', [split({ v1: 1, v2: 999 })], ['v1 1, v2 999']],
    ['has nowhere to go when all weights are 0 (SPL-09)', [split({ v1: 0, v2: 0 })], ['nothing']],
    ['keeps the share of a missing backend (SPL-13)', [split({ v1: 50, gone: 50 })], ['v1 1, gone 1']],
    ['ignores a missing backend of weight 0 (SPL-12)', [split({ v1: 100, gone: 0 })], ['v1 1']],
    [
      'counts a backend once',
      [
        split(
          {},
          {
            backends: [
              { service: 'v1', weight: 1 },
              { service: 'v2', weight: 2 },
              { service: 'v1', weight: 1 },
            ],
          },
        ),
      ],
      ['v1 1, v2 1'],
    ],
    [
      'takes qualified names of its own namespace (SPL-39)',
      [split({ 'v2.ns1.svc.cluster.local': 1 }, { service: 'root.ns1' })],
      ['v2 1'],
    ],
    ['never reaches into another namespace (SPL-18)', [split({ v1: 1, 'v2.other': 1 })], ['v1 1, v2.other 1']],
    [
      'is inert for a root of another namespace (SPL-19)',
      [split({ v1: 1 }, { metadata: { name: 'x', namespace: 'ns2' }, service: 'root.ns1' })],
      ['root 1'],
    ],
    ['answers its own root leg by selector (SPL-15)', [split({ root: 1, v1: 1 })], ['root 1, v1 1']],
    [
      'lets the older of two splits win (SPL-17)',
      [split({ v1: 1 }), split({ v2: 1 }, { metadata: { name: 'a', namespace: 'ns1' } })],
      ['v1 1'],
    ],
    ['is inert with a weight that is none (SPL-10)', [split({ v1: -1, v2: 1 })], ['root 1']],
    [
      'splits nobody when its group is missing (SPL-35)',
      [split({ v2: 1 }, { matches: matchGroups('gone') })],
      ['root 1'],
    ],
    [
      'splits nobody when its group is empty',
      [group('g', []), split({ v2: 1 }, { matches: matchGroups('g') })],
      ['root 1'],
    ],
    [
      'splits what matches and leaves the rest to the selector (SPL-32)',
      [
        group('g', [{ name: 'm', headers: [{ name: 'user-agent', regex: '.*Firefox.*' }] }]),
        split({ v1: 0, v2: 100 }, { matches: matchGroups('g') }),
      ],
      ['{"headers":[{"name":"user-agent","regex":".*Firefox.*"}]} → v2 1', 'root 1'],
    ],
    [
      'merges groups (SPL-33)',
      [
        group('g', [{ name: 'm', pathRegex: '/a' }]),
        group('h', [{ name: 'n', pathRegex: '/b' }]),
        split({ v2: 1 }, { matches: matchGroups('g', 'h') }),
      ],
      ['{"pathRegex":"/a","headers":[]} or {"pathRegex":"/b","headers":[]} → v2 1', 'root 1'],
    ],
  ];
  for (const [name, objects, expected] of rows) it(name, () => assert.deepEqual(routes(objects), expected));

  it('gives forty backends of weight 1 the same share (SPL-06)', () => {
    const names = Array.from({ length: 40 }, (_, index) => `f${index + 1}`);
    const even = Object.fromEntries(names.map((name) => [name, 1]));
    const [route] = routes(
      [split(even)],
      names.map((name) => service(name)),
    );
    assert.equal(route, names.map((name) => `${name} 1`).join(', '));
  });

  it('does not split again what another split sends (SPL-16)', () => {
    const inner = split({ v2: 1 }, { metadata: { name: 'inner', namespace: 'ns1' }, service: 'v1' });
    assert.deepEqual(routes([inner, split({ v1: 1 })]), ['v1 1']);
  });

  it('excludes a backend without the port of the root (SPL-20)', () => {
    const services = [service('v1', [{ port: 1024 }]), service('v2')];
    assert.deepEqual(routes([split({ v1: 50, v2: 50 })], services), ['v2 1']);
    assert.deepEqual(routes([split({ v1: 1 })], services), ['nothing']);
  });

  it('splits TCP by weight, and only without matches; never UDP', () => {
    const tcp = service('root', [{ protocol: 'tcp' }]);
    const leaf = service('v1', [{ protocol: 'tcp' }]);
    assert.deepEqual(routes([split({ v1: 1 })], [leaf], tcp), ['v1 1']);
    const matched = [group('g', [{ name: 'm' }]), split({ v1: 1 }, { matches: matchGroups('g') })];
    assert.deepEqual(routes(matched, [leaf], tcp), ['root 1']);
    assert.deepEqual(routes([split({ v1: 1 })], [leaf], service('root', [{ protocol: 'udp' }])), ['root 1']);
  });
});

describe('reference mesh: whole weights', () => {
  it('keep every ratio of decimals exactly', () => {
    const decimal = fc.integer({ min: 1, max: 99_999 }).map((thousandths) => thousandths / 1000);
    fc.assert(
      fc.property(fc.array(decimal, { minLength: 2, maxLength: 6 }), (weights) => {
        const whole = toWholeWeights(weights);
        const [first = 0, firstWhole = 0] = [weights[0], whole[0]];
        for (const [index, weight] of weights.entries()) {
          const [left, right] = [
            BigInt(whole[index] ?? 0) * BigInt(Math.round(first * 1000)),
            BigInt(firstWhole) * BigInt(Math.round(weight * 1000)),
          ];
          assert.equal(left, right);
        }
      }),
    );
  });

  it('fit into 32 bits and keep what is positive positive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), { minLength: 1, maxLength: 8 }),
        (weights) => {
          const whole = toWholeWeights(weights);
          assert.ok(whole.every((weight) => Number.isInteger(weight) && weight > 0));
          assert.ok(whole.reduce((sum, weight) => sum + weight, 0) <= 0xffff_ffff);
        },
      ),
    );
  });
});
