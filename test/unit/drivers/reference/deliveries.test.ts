import assert from 'node:assert/strict';
import { Deliveries } from '../../../../drivers/reference/deliveries.js';
import type { Delivery } from '../../../../drivers/reference/faults/fault.js';
import type { Proxy } from '../../../../drivers/reference/resources/proxy.js';
import type { Snapshot } from '../../../../drivers/reference/xds/resource.js';
import { pod } from './world.js';

const PROXY: Proxy = { id: 'ns1/s', pod: pod('s'), interception: 'address', listen: new Map() };
const [FIRST, SECOND, THIRD] = [new Map(), new Map(), new Map()] as [Snapshot, Snapshot, Snapshot];

/** Deliveries to one proxy, and what it was served of them. */
function start(delivers?: (delivery: Delivery) => void) {
  const served: Snapshot[] = [];
  const ads = { setSnapshot: (_id: string, snapshot: Snapshot) => served.push(snapshot) };
  return { served, deliveries: new Deliveries(ads, delivers) };
}

describe('reference mesh: deliveries', () => {
  it('serve at once and whole, each configuration once', () => {
    const { served, deliveries } = start();
    for (const snapshot of [FIRST, SECOND, SECOND]) deliveries.send(PROXY, snapshot, () => []);
    assert.deepEqual(served, [FIRST, SECOND]);
    assert.equal(deliveries.served(PROXY), SECOND);
    assert.equal(deliveries.generation(PROXY), 2);
  });

  it('leave every change but the first configuration to a fault', () => {
    const seen: Delivery[] = [];
    const { served, deliveries } = start((delivery) => seen.push(delivery));
    deliveries.send(PROXY, FIRST, () => ['ns1/s']);
    deliveries.send(PROXY, SECOND, () => ['ns1/s']);
    assert.deepEqual(served, [FIRST]);
    assert.equal(seen.length, 1);
    assert.equal(seen[0]?.before, FIRST);
    seen[0]?.serve(SECOND);
    assert.deepEqual(served, [FIRST, SECOND]);
  });

  it('let nothing of a fault through that is gone, or to a proxy that is', () => {
    const seen: Delivery[] = [];
    const { served, deliveries } = start((delivery) => seen.push(delivery));
    deliveries.send(PROXY, FIRST, () => []);
    deliveries.send(PROXY, SECOND, () => []);
    deliveries.goBy(undefined);
    assert.ok(seen[0]?.signal.aborted);
    seen[0]?.serve(SECOND);
    deliveries.send(PROXY, THIRD, () => []);
    assert.deepEqual(served, [FIRST, THIRD]);
    deliveries.forget(PROXY);
    deliveries.send(PROXY, FIRST, () => []);
    assert.equal(served.length, 2);
  });
});
