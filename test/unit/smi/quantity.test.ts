import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatQuantity,
  isSameQuantity,
  parseQuantity,
  quantityOf,
  roundLikeKubernetes,
  toNumber,
} from '../../../src/smi/quantity.js';
import { scaleToWhole } from '../../../src/smi/render/scale-to-whole.js';

const SEED = 20231018;

function valueOf(text: string): number | null {
  const quantity = parseQuantity(text);
  return quantity === null ? null : toNumber(quantity);
}

describe('Kubernetes Quantities', () => {
  const readings: [string, number][] = [
    ['0', 0],
    ['0m', 0],
    ['1', 1],
    ['+1', 1],
    ['-1', -1],
    ['10m', 0.01],
    ['500m', 0.5],
    ['1000m', 1],
    ['100u', 0.0001],
    ['7n', 7e-9],
    ['1k', 1000],
    ['2.5M', 2_500_000],
    ['1G', 1e9],
    ['1T', 1e12],
    ['1P', 1e15],
    ['1E', 1e18],
    ['1Ki', 1024],
    ['1.5Mi', 1_572_864],
    ['1Gi', 2 ** 30],
    ['1Ti', 2 ** 40],
    ['1Pi', 2 ** 50],
    ['1Ei', 2 ** 60],
    ['1e3', 1000],
    ['1E3', 1000],
    ['12e-1', 1.2],
    ['.5', 0.5],
    ['1.', 1],
  ];
  for (const [text, value] of readings) {
    it(`reads ${text} as ${value}`, () => assert.equal(valueOf(text), value));
  }

  for (const text of ['', 'm', '1K', '1mi', '1 m', '1.2.3', '1e', '1e1.5', '0x10', 'NaN', '1mm', '--1', '1e3m']) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseQuantity(text), null));
  }

  it('is exact where a double is not', () => {
    const third = parseQuantity('0.1');
    const sixth = parseQuantity('100m');
    assert.ok(third && sixth && isSameQuantity(third, sixth));
    assert.deepEqual(parseQuantity('9223372036854775807'), { digits: 9223372036854775807n, exponent: 0 });
  });

  it('writes fractions with the coarsest suffix that is exact', () => {
    const written = [0, 1, 1000, 0.5, 0.01, 0.0001, 7e-9, 1.25, 1e-12].map((value) =>
      formatQuantity(quantityOf(value)),
    );
    assert.deepEqual(written, ['0', '1', '1000', '500m', '10m', '100u', '7n', '1250m', '1e-12']);
  });

  it('round-trips every finite number', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    fc.assert(
      fc.property(number, (value) => assert.equal(valueOf(formatQuantity(quantityOf(value))), value === 0 ? 0 : value)),
      { seed: SEED, numRuns: 3000 },
    );
  });

  it('round-trips every Quantity text', () => {
    const suffix = fc.constantFrom(
      '',
      'n',
      'u',
      'm',
      'k',
      'M',
      'G',
      'T',
      'P',
      'E',
      'Ki',
      'Mi',
      'Gi',
      'Ti',
      'Pi',
      'Ei',
      'e5',
      'E-3',
    );
    const text = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.stringMatching(/^(\.\d{0,12})?$/), suffix);
    fc.assert(
      fc.property(text, (parts) => {
        const quantity = parseQuantity(parts.join(''));
        assert.ok(quantity);
        const back = parseQuantity(formatQuantity(quantity));
        assert.ok(back && isSameQuantity(back, quantity), `${parts.join('')} became ${formatQuantity(quantity)}`);
      }),
      { seed: SEED, numRuns: 3000 },
    );
  });

  it('rounds away from zero to a nano and caps at an int64, as Kubernetes does', () => {
    const kept = (text: string): string => {
      const quantity = parseQuantity(text);
      assert.ok(quantity);
      return formatQuantity(roundLikeKubernetes(quantity));
    };
    assert.equal(kept('0.1n'), '1n');
    assert.equal(kept('-0.1n'), '-1n');
    assert.equal(kept('1.0000000001'), '1000000001n');
    assert.equal(kept('500m'), '500m');
    assert.equal(kept('1e30'), '9223372036854775807');
    assert.equal(kept('9223372036854775807'), '9223372036854775807');
  });
});

describe('scaling weights to whole numbers', () => {
  it('finds the smallest ones in the same ratio', () => {
    assert.deepEqual(scaleToWhole([0.5, 1]), { whole: [1, 2], isExact: true });
    assert.deepEqual(scaleToWhole([0.01, 0.99]), { whole: [1, 99], isExact: true });
    assert.deepEqual(scaleToWhole([0.5, 0]), { whole: [1, 0], isExact: true });
  });

  it('approximates a ratio that does not fit, and never rounds a weight to nothing', () => {
    const { whole, isExact } = scaleToWhole([1, 1e-300, 0, 0.5]);
    assert.equal(isExact, false);
    assert.deepEqual(whole, [1e9, 1, 0, 5e8]);
  });
});
