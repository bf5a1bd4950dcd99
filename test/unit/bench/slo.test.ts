import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseSlo, searchRate, type Probe } from '../../../src/bench/slo.js';

describe('bench: highest rate that keeps a promise', () => {
  it('reads a promise, and nothing else', () => {
    assert.deepEqual(parseSlo('p99=20ms'), { quantile: 'p99', q: 0.99, limitMs: 20 });
    assert.deepEqual(parseSlo('p99.9=0.5s'), { quantile: 'p99.9', q: 0.999, limitMs: 500 });
    for (const wrong of ['p100=1ms', 'p99', 'p99=20', '99=20ms', 'p99=0ms', 'p0=1ms', 'p99=-1ms'])
      assert.equal(parseSlo(wrong), undefined, wrong);
  });

  it('finds the edge within its resolution, and confirms it three times', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 50, max: 20_000 }), async (edge) => {
        const looks: number[] = [];
        const probe = async (rate: number): Promise<Probe> => {
          looks.push(rate);
          return rate <= edge ? 'met' : 'missed';
        };
        const found = await searchRate({ low: 50, high: 10_000, probe });
        assert.ok(found.kind === 'found');
        assert.ok(found.perSecond <= edge);
        assert.ok(found.perSecond >= Math.min(edge, 10_000) * 0.93 - 2, `${found.perSecond} for ${edge}`);
        assert.deepEqual(looks.slice(-3), [found.perSecond, found.perSecond, found.perSecond]);
      }),
    );
  });

  it('goes lower when a rate that was met once is not met again', async () => {
    const met = new Map<number, number>();
    const found = await searchRate({
      low: 50,
      high: 1000,
      probe: async (rate) => {
        met.set(rate, (met.get(rate) ?? 0) + 1);
        // Above 400 it works once, by luck.
        return rate <= 400 || met.get(rate) === 1 ? 'met' : 'missed';
      },
    });
    assert.ok(found.kind === 'found' && found.perSecond <= 400 && found.perSecond >= 350);
  });

  it('finds none where not even the lowest will do', async () =>
    assert.deepEqual(await searchRate({ low: 50, high: 1000, probe: async () => 'missed' }), {
      kind: 'none',
      lowest: 50,
    }));

  it('takes a disturbed look again, three times, and then says that it does not know', async () => {
    let looks = 0;
    const disturbed = async (): Promise<Probe> => {
      looks += 1;
      return 'unknown';
    };
    assert.equal((await searchRate({ low: 50, high: 1000, probe: disturbed })).kind, 'unknown');
    assert.equal(looks, 3);
    const once = new Set<number>();
    const found = await searchRate({
      low: 50,
      high: 1000,
      probe: async (rate) => {
        if (!once.has(rate)) {
          once.add(rate);
          return 'unknown';
        }
        return rate <= 300 ? 'met' : 'missed';
      },
    });
    assert.equal(found.kind, 'found');
  });
});
