import assert from 'node:assert/strict';
import { makeClients, MOST_CLIENTS } from '../../../src/scale/clients.js';
import { summariseSize, type SizeObservation } from '../../../src/scale/size-result.js';
import type { Tally } from '../../../src/scale/simulator-protocol.js';
import { Watch } from '../../../src/scale/watch.js';
import { XDS_TYPE } from '../../../src/scale/wire.js';

const tally = (responses: number, cpuUs: number): Tally => ({
  connected: 2,
  responses,
  bytes: responses * 100,
  acknowledged: responses,
  refused: [],
  broken: 0,
  retries: 1,
  usage: { cpuUs, residentBytes: 5_000, at: 0 },
  lagP99Ms: 3,
});

function observe(appeared: readonly (readonly number[])[], more: Partial<SizeObservation> = {}) {
  return summariseSize({
    clients: 2,
    connectMs: 7,
    appeared: appeared.map((times) => {
      const at = Float64Array.from(times, (each) => 1_000 + each);
      return { acceptedAt: 1_000, sighting: { receivedAt: at, acknowledgedAt: at, completedAt: at } };
    }),
    stillThere: 0,
    tally: { before: tally(10, 1_000), after: tally(34, 5_000) },
    ...more,
  });
}

describe('scale: the result of one size', () => {
  it('is the median over changes of first and last, and counts per coming and going', () => {
    const result = observe([
      [10, 20],
      [2, 50],
      [-1, 30],
    ]);
    assert.deepEqual(result.received, { firstMs: 2, lastMs: 30, medianMs: 15 });
    assert.equal(result.spreadMs, 31);
    assert.equal(result.responses, 4);
    assert.equal(result.bytes, 400);
    assert.deepEqual(result.simulator, { cpuUs: 4_000 / 6, residentBytes: 5_000, lagP99Ms: 3 });
    assert.equal(result.controlPlane, undefined);
    assert.equal(result.missing, 0);
  });

  it('counts who never saw a change, and leaves nobody out who did', () => {
    const result = observe([[10, Number.NaN]], { stillThere: 1 });
    assert.equal(result.missing, 2);
    assert.equal(result.received?.lastMs, 10);
    assert.equal(observe([[Number.NaN, Number.NaN]]).received, undefined);
  });

  it('tells p99 when a thousand values bear it', () => {
    const thousand = Array.from({ length: 1_000 }, (_, index) => index + 1);
    assert.equal(observe([thousand]).received?.p99Ms, 990);
    assert.equal(observe([thousand.slice(1)]).received?.p99Ms, undefined);
  });
});

describe('scale: a watch', () => {
  const taken = { removed: [], receivedAt: 5, acknowledgedAt: 6 };

  it('waits for clusters and for their endpoints at every proxy', async () => {
    const watch = new Watch({ marker: 'probe', kind: 'appears' }, 2);
    for (const proxy of [0, 1]) {
      watch.notice(proxy, { ...taken, type: XDS_TYPE.cluster, added: ['other'] });
      watch.notice(proxy, { ...taken, type: XDS_TYPE.cluster, added: ['outbound|probe'] });
    }
    watch.notice(0, { ...taken, type: XDS_TYPE.endpoints, added: ['outbound|probe'], acknowledgedAt: 9 });
    const early = await watch.seen(0);
    assert.deepEqual([...early.receivedAt], [5, 5]);
    assert.deepEqual([...early.completedAt], [9, Number.NaN]);
    watch.notice(1, { ...taken, type: XDS_TYPE.endpoints, added: [], removed: ['outbound|probe'], acknowledgedAt: 8 });
    assert.deepEqual([...(await watch.seen(60_000)).completedAt], [9, 8]);
  });

  it('waits for clusters to go', async () => {
    const watch = new Watch({ marker: 'probe', kind: 'disappears' }, 1);
    watch.notice(0, { ...taken, type: XDS_TYPE.cluster, added: ['probe'] });
    assert.deepEqual([...(await watch.seen(0)).completedAt], [Number.NaN]);
    watch.notice(0, { ...taken, type: XDS_TYPE.cluster, added: [], removed: ['probe'] });
    assert.deepEqual([...(await watch.seen(60_000)).completedAt], [6]);
  });
});

describe('scale: clients', () => {
  it('have names and addresses of their own, in the network for benchmarks', () => {
    const pods = [...makeClients('ns', 0, 70_000), ...makeClients('ns', MOST_CLIENTS - 1, MOST_CLIENTS)];
    assert.equal(new Set(pods.map(({ ip }) => ip)).size, pods.length);
    assert.equal(new Set(pods.map(({ name }) => name)).size, pods.length);
    assert.ok(
      pods.every(({ ip }) => /^198\.1[89]\.\d+\.\d+$/.test(ip) && ip.split('.').every((part) => Number(part) < 256)),
    );
  });
});
