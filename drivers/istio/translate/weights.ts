/** Split weights: only ratios matter, and a route wants whole numbers. */

/** What the Gateway API allows for one backend. */
export const MAX_WEIGHT = 1_000_000;
const MAX_DECIMALS = 12;

export interface WholeWeights {
  readonly weights: readonly number[];
  /** False when the spread of the weights is wider than whole numbers up to the limit can say. */
  readonly exact: boolean;
}

/** Scales weights to whole numbers of the same ratios. A weight above 0 stays above 0. */
export function toWholeWeights(weights: readonly number[]): WholeWeights {
  const decimals = Math.min(MAX_DECIMALS, Math.max(0, ...weights.map(countDecimals)));
  const scaled = weights.map((weight) => BigInt(weight.toFixed(decimals).replace('.', '')));
  const divisor = scaled.reduce(greatestDivisor, 0n);
  const reduced = divisor === 0n ? scaled : scaled.map((weight) => weight / divisor);
  const largest = reduced.reduce((most, weight) => (weight > most ? weight : most), 0n);
  if (largest <= BigInt(MAX_WEIGHT)) return { weights: reduced.map(Number), exact: true };
  const factor = MAX_WEIGHT / Number(largest);
  const rounded = reduced.map((weight) => (weight === 0n ? 0 : Math.max(1, Math.round(Number(weight) * factor))));
  return { weights: rounded, exact: false };
}

function countDecimals(weight: number): number {
  const [mantissa = '', exponent = '0'] = weight.toString().split('e');
  return Math.max(0, (mantissa.split('.')[1]?.length ?? 0) - Number(exponent));
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestDivisor(b, a % b);
}
