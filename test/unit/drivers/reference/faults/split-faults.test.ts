import assert from 'node:assert/strict';
import { createFaults } from '../../../../../drivers/reference/faults/index.js';
import type { SmiObject } from '../../../../../src/smi/model.js';
import { matchGroups, pod, service, split } from '../world.js';
import { legsWith } from './with-fault.js';

const SERVICES = [
  service('root'),
  service('v1'),
  service('v2', [{}], { selector: { app: 'two' } }),
  service('odd', [{ port: 1024 }]),
  service('v2', [{}], { namespace: 'ns2' }),
];
const PODS = [pod('v1'), pod('x', { labels: { app: 'two' } }), pod('y', { labels: { app: 'two' } })];
const legs = (fault: string | undefined, ...objects: readonly SmiObject[]) =>
  legsWith(fault, { objects, services: SERVICES, pods: PODS });

describe('faults of the reference mesh: splits', () => {
  for (const [fault, weights, served] of [
    [undefined, { v1: 3, v2: 1 }, { v1: 3, v2: 1 }],
    ['rounded-to-percent', { v1: 1, v2: 999 }, { v1: 1, v2: 100 }],
    ['rounded-to-percent', { v1: 90, v2: 10 }, { v1: 9, v2: 1 }],
    ['rounded-to-percent', { v1: 0, v2: 1 }, { v2: 1 }],
    ['off-by-three', { v1: 50, v2: 50 }, { v1: 53, v2: 47 }],
    ['off-by-three', { v1: 999, v2: 1 }, { v1: 1 }],
    ['off-by-three', { v1: 0, v2: 5 }, { v2: 1 }],
    ['swapped-weights', { v1: 3, v2: 1 }, { v1: 1, v2: 3 }],
    ['equal-weights', { v1: 3, v2: 1 }, { v1: 1, v2: 1 }],
    ['equal-weights', { v1: 3, v2: 0 }, { v1: 1 }],
    ['first-backend-only', { v1: 3, v2: 1 }, { v1: 1 }],
    ['first-backend-only', { v1: 0, v2: 1 }, { v2: 1 }],
    ['root-included', { v1: 1, v2: 1 }, { v1: 9, v2: 9, root: 2 }],
    ['split-by-pods', { v1: 1, v2: 1 }, { v1: 1, v2: 2 }],
    ['missing-backend-black-hole', { v1: 1, gone: 0 }, {}],
    ['missing-backend-black-hole', { v1: 1, v2: 1 }, { v1: 1, v2: 1 }],
    ['split-port-ignored', { v1: 1, odd: 1 }, { v1: 1, 'odd:1024': 1 }],
    ['split-other-namespace', { v1: 1, 'v2.ns2': 1 }, { v1: 1, 'v2.ns2': 1, 'ns2/v2': 1 }],
  ] as const) {
    it(`${fault ?? 'no fault'} makes of ${JSON.stringify(weights)}: ${JSON.stringify(served)}`, () => {
      assert.deepEqual(legs(fault, split(weights)), served);
    });
  }

  it('ignore-matches splits everybody', () => {
    const some = split({ v1: 1 }, { matches: matchGroups('gone') });
    assert.deepEqual(legs(undefined, some), { root: 1 });
    assert.deepEqual(legs('ignore-matches', some), { v1: 1 });
  });

  it('leaves-split-too splits a backend like its root, unless it is the only one', () => {
    const both = split({ v1: 1, v2: 1 });
    const world = { objects: [both], services: SERVICES, pods: PODS };
    assert.deepEqual(legsWith('leaves-split-too', world, 'v1'), { v1: 1, v2: 1 });
    assert.deepEqual(legsWith(undefined, world, 'v1'), { v1: 1 });
    assert.equal(createFaults(['leaves-split-too']).objects([split({ v1: 1 })]).length, 1);
  });

  it('split-deletion-ignored hears of everything but that', () => {
    const { hears } = createFaults(['split-deletion-ignored']);
    assert.ok(!hears({ action: 'deleted', object: split({ v1: 1 }) }));
    assert.ok(hears({ action: 'applied', object: split({ v1: 1 }) }));
  });

  it('invalid-split-freezes keeps all splits as they were while one of them is not valid', () => {
    const faults = createFaults(['invalid-split-freezes']);
    const before = split({ v1: 1 });
    const unreadable = faults.salvages(split({ v1: -1 }, { metadata: { name: 'odd', namespace: 'ns1' } }));
    assert.ok(unreadable);
    assert.deepEqual(faults.objects([before]), [before]);
    assert.deepEqual(faults.objects([split({ v2: 1 }), unreadable]), [before]);
    assert.deepEqual(faults.objects([split({ v2: 1 })]), [split({ v2: 1 })]);
  });
});
