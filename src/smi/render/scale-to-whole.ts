import { quantityOf } from '../quantity.js';

/** Whole numbers in the ratio of others. */
export interface Scaled {
  readonly whole: number[];
  readonly isExact: boolean;
}

/** Enough steps that rounding stays far below what any traffic could show. */
const APPROXIMATE_LARGEST = 1e9;

/** The smallest whole numbers in the ratio of the given ones; approximate when those would not fit into a safe integer. */
export function scaleToWhole(values: readonly number[]): Scaled {
  const quantities = values.map(quantityOf);
  const lowest = Math.min(...quantities.map(({ exponent }) => exponent));
  const digits = quantities.map((quantity) => quantity.digits * 10n ** BigInt(quantity.exponent - lowest));
  const divisor = digits.reduce(greatestCommonDivisor, 0n) || 1n;
  const whole = digits.map((value) => Number(value / divisor));
  if (whole.every(Number.isSafeInteger)) return { whole, isExact: true };
  const largest = Math.max(...values);
  return { whole: values.map((value) => roundUnlessZero((value / largest) * APPROXIMATE_LARGEST)), isExact: false };
}

/** A weight above 0 stays above 0: no traffic at all is another meaning, not another ratio. */
function roundUnlessZero(value: number): number {
  return value === 0 ? 0 : Math.max(1, Math.round(value));
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}
