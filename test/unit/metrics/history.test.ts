import assert from 'node:assert/strict';
import { TrafficHistory } from '../../../src/metrics/history.js';
import type { TrafficCount, TrafficReading } from '../../../src/metrics/traffic.js';
import { client, counted, name, server } from './world.js';

const look = (proxy: string, ...counts: readonly TrafficCount[]): TrafficReading => ({ proxy: name(proxy), counts });
const web = (success: number, failure = 0): TrafficReading =>
  look('shop/web-a', server('shop/web-a', counted(success, failure), 'shop/c1'));
const totals = (history: TrafficHistory): readonly (readonly [number, number])[] =>
  history.window().counts.map(({ success, failure }) => [success, failure]);

describe('the history of traffic', () => {
  it('has nothing to tell before a second look', () => {
    const history = new TrafficHistory(1_000);
    assert.deepEqual(history.window(), { from: 0, to: 0, counts: [] });
    history.add(5, [web(100)]);
    assert.deepEqual(history.window(), { from: 5, to: 5, counts: [] });
  });

  it('tells what was counted since a window ago, and which span that was', () => {
    const history = new TrafficHistory(1_000);
    [0, 400, 800, 1_200, 1_600].forEach((at, index) => history.add(at, [web(10 * index, index)]));
    const { from, to, counts } = history.window();
    assert.deepEqual([from, to], [400, 1_600]);
    assert.deepEqual(counts, [server('shop/web-a', { ...counted(30, 3), latency: counted(30, 3).latency }, 'shop/c1')]);
  });

  it('leaves out what did not grow', () => {
    const history = new TrafficHistory(1_000);
    history.add(0, [web(10)]);
    history.add(1_000, [web(10)]);
    assert.deepEqual(totals(history), []);
  });

  it('adds up what a proxy counts apart of the same two', () => {
    const history = new TrafficHistory(1_000);
    const ports = (...counts: readonly [number, number]): TrafficReading =>
      look('shop/c1', ...counts.map((count) => client('shop/c1', 'shop/web-a', counted(count))));
    history.add(0, [ports(500, 20)]);
    history.add(1_000, [ports(500, 20)]);
    assert.deepEqual(totals(history), [], 'nothing was asked meanwhile');
    history.add(2_000, [ports(503, 24)]);
    assert.deepEqual(totals(history), [[7, 0]]);
  });

  it('counts all of a proxy that came later, and nothing of one that went', () => {
    const history = new TrafficHistory(1_000);
    history.add(0, [web(10)]);
    history.add(500, [web(10), look('shop/c1', client('shop/c1', 'shop/web-a', counted(7)))]);
    assert.deepEqual(totals(history), [[7, 0]]);
    history.add(1_000, [look('shop/c1', client('shop/c1', 'shop/web-a', counted(9)))]);
    assert.deepEqual(totals(history), [[9, 0]]);
  });

  it('takes a counter that is lower than before for one that began anew', () => {
    const history = new TrafficHistory(1_000);
    history.add(0, [web(10)]);
    history.add(900, [web(3)]);
    assert.deepEqual(totals(history), [[3, 0]]);
  });

  it('does not count the past of a proxy that a look missed', () => {
    const history = new TrafficHistory(1_000);
    history.add(0, [web(10)]);
    history.add(1_000, []);
    history.add(1_500, [web(12)]);
    history.add(2_000, [web(15)]);
    // The window begins at 1000, when nobody knew: from 1500 on it is known.
    assert.deepEqual(totals(history), [[3, 0]]);
  });

  it('keeps peers, services and sides apart', () => {
    const history = new TrafficHistory(1_000);
    const to = (service: string) => ({ to: { service: name(service) } });
    const all = (n: number): TrafficReading =>
      look(
        'shop/c1',
        client('shop/c1', '', counted(n), to('shop/stable')),
        client('shop/c1', '', counted(2 * n), { ...to('shop/stable'), called: name('shop/root') }),
        server('shop/c1', counted(3 * n)),
      );
    history.add(0, [all(1)]);
    history.add(1_000, [all(2)]);
    assert.deepEqual(totals(history), [
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
  });
});
