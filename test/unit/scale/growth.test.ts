import assert from 'node:assert/strict';
import fc from 'fast-check';
import { costPerClient, fitGrowth, studentQuantile } from '../../../src/scale/growth.js';

const SIZES = [10, 30, 100, 300, 1000, 2000];

describe('scale: growth', () => {
  it('finds the exponent of every power law', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1, max: 3, noNaN: true }),
        fc.double({ min: 0.001, max: 1e6, noNaN: true }),
        (k, a) => {
          const growth = fitGrowth(SIZES.map((clients) => ({ clients, value: a * clients ** k })));
          assert.ok(growth && Math.abs(growth.slope - k) < 1e-9 && growth.low <= growth.high);
        },
      ),
    );
  });

  it('names what the interval holds, and nothing when it holds two', () => {
    const wobble = [1.05, 0.96, 1.02, 0.97, 1.03, 0.98];
    const word = (cost: (n: number) => number, noise: readonly number[] = wobble) =>
      fitGrowth(SIZES.map((clients, index) => ({ clients, value: cost(clients) * (noise[index] ?? 1) })))?.word;
    assert.equal(
      word((n) => 3 * n),
      'linear',
    );
    assert.equal(
      word((n) => n * n),
      'quadratic',
    );
    assert.equal(
      word(() => 5),
      'constant',
    );
    assert.equal(
      word((n) => Math.sqrt(n)),
      'sublinear',
    );
    assert.equal(
      word((n) => n ** 1.5),
      'superlinear',
    );
    assert.equal(
      word((n) => n ** 1.5, [9, 0.1, 7, 0.2, 5, 0.3]),
      'undecided',
    );
  });

  it('has the interval of ordinary least squares', () => {
    // Logarithms 0, 1, 2 to the base e against 0, 1, 2.5: slope 1.25, residual sum 1/24, one degree of freedom.
    const growth = fitGrowth([0, 1, 2.5].map((y, x) => ({ clients: Math.E ** x, value: Math.E ** y })));
    assert.ok(growth);
    assert.ok(Math.abs(growth.slope - 1.25) < 1e-9);
    assert.ok(Math.abs(growth.high - growth.slope - 12.7062 * Math.sqrt(1 / 24 / 2)) < 1e-3);
  });

  it('knows the quantiles of Student', () => {
    for (const [degrees, expected] of [
      [1, 12.7062],
      [4, 2.7764],
      [30, 2.0423],
    ] as const)
      assert.ok(Math.abs(studentQuantile(degrees) - expected) < 1e-3, `${degrees}`);
  });

  it('says nothing with too little, or with what has no logarithm', () => {
    assert.equal(
      fitGrowth([
        { clients: 1, value: 1 },
        { clients: 2, value: 2 },
      ]),
      undefined,
    );
    assert.equal(fitGrowth(SIZES.map((clients, index) => ({ clients, value: index - 1 }))), undefined);
    assert.equal(fitGrowth([5, 5, 5].map((clients) => ({ clients, value: 1 }))), undefined);
  });

  it('tells the cost of one client more', () => {
    assert.equal(
      costPerClient([
        { clients: 10, value: 130 },
        { clients: 20, value: 160 },
      ]),
      3,
    );
    assert.equal(costPerClient([{ clients: 10, value: 130 }]), undefined);
  });
});
