import assert from 'node:assert/strict';
import { CannotCapture, type WireCapture } from '../../../src/environments/capture.js';
import type { Lane } from '../../../src/run/lane.js';
import { watchWire } from '../../../src/run/watch-wire.js';
import { capture } from '../wire/packets.js';

const MARKER = 'marker';
const WHERE = [
  { pod: 'a', port: 1, marker: MARKER },
  { pod: 'b', port: 2, marker: MARKER },
];

/** A lane whose environment captures, or does not, as the pods' names say. */
function laneWith(captures: Readonly<Record<string, () => Promise<WireCapture>>> | undefined): Lane {
  const env = {
    name: 'test',
    ...(captures && { capture: ({ name }: { name: string }) => captures[name]?.() ?? Promise.reject(new Error(name)) }),
  };
  return { env, pod: (name: string) => ({ pod: { name } }) } as unknown as Lane;
}

describe('watching the wire', () => {
  const log: string[] = [];
  beforeEach(() => log.splice(0));
  const going =
    (text: string, dropped = 0) =>
    async (): Promise<WireCapture> => {
      log.push('begun');
      return {
        stop: async () => {
          log.push('stopped');
          return { pcap: capture([{ sequence: 1, text }]), dropped };
        },
      };
    };
  const traffic = async (): Promise<void> => void log.push('traffic');

  it('begins before the traffic, ends after it, and tells for each place what was seen', async () => {
    const facts = await watchWire(laneWith({ a: going('a marker'), b: going('', 3) }), WHERE, traffic);
    assert.deepEqual(log, ['begun', 'begun', 'traffic', 'stopped', 'stopped']);
    assert.deepEqual(
      facts.map(({ place, fact }) => ['impossible' in fact ? fact : [fact.markers, fact.dropped], place.pod]),
      [
        [[1, 0], 'a'],
        [[0, 3], 'b'],
      ],
    );
  });

  it('says why not, and lets the traffic go on', async () => {
    const refused = () => Promise.reject(new CannotCapture('no privilege'));
    const facts = await watchWire(laneWith({ a: refused, b: going('a marker') }), WHERE, traffic);
    assert.deepEqual(facts[0]?.fact, { impossible: 'no privilege' });
    assert.deepEqual(log, ['begun', 'traffic', 'stopped']);
    const only = async (lane: Lane) => (await watchWire(lane, WHERE.slice(0, 1), traffic)).map(({ fact }) => fact);
    assert.deepEqual(await only(laneWith(undefined)), [
      { impossible: 'environment test has no way to look at the wire of a pod' },
    ]);
    const torn = async () => ({ stop: () => Promise.reject(new CannotCapture('cut off')) });
    assert.deepEqual(await only(laneWith({ a: torn })), [{ impossible: 'cut off' }]);
  });

  it('leaves no capture behind when the traffic fails, or another capture does', async () => {
    const lane = laneWith({ a: going('x'), b: going('x') });
    await assert.rejects(
      watchWire(lane, WHERE, () => Promise.reject(new Error('no traffic'))),
      /no traffic/,
    );
    assert.deepEqual(log, ['begun', 'begun', 'stopped', 'stopped']);
    log.splice(0);
    const broken = laneWith({ a: going('x'), b: () => Promise.reject(new Error('the engine is gone')) });
    await assert.rejects(watchWire(broken, WHERE, traffic), /the engine is gone/);
    assert.deepEqual(log, ['begun', 'stopped']);
  });
});
