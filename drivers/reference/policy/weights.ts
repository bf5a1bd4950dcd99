/** Split weights: only ratios matter, a proxy wants whole numbers. */

/** The sum of the weights of one route must fit into 32 bits. */
const MAX_TOTAL = 0xffff_ffff;
const MAX_DECIMALS = 12;

/** Scales weights to whole numbers of the same ratios: exactly, unless their spread exceeds what 32 bits can hold. */
export function toWholeWeights(weights: readonly number[]): number[] {
  const decimals = Math.min(MAX_DECIMALS, Math.max(0, ...weights.map(countDecimals)));
  const scaled = weights.map((weight) => BigInt(weight.toFixed(decimals).replace('.', '')));
  const divisor = scaled.reduce(gcd, 0n);
  const reduced = divisor === 0n ? scaled : scaled.map((weight) => weight / divisor);
  const total = reduced.reduce((sum, weight) => sum + weight, 0n);
  if (total <= BigInt(MAX_TOTAL)) return reduced.map(Number);
  const factor = (MAX_TOTAL - weights.length) / Number(total);
  return reduced.map((weight) => (weight === 0n ? 0 : Math.max(1, Math.floor(Number(weight) * factor))));
}

function countDecimals(weight: number): number {
  const [mantissa = '', exponent = '0'] = weight.toString().split('e');
  return Math.max(0, (mantissa.split('.')[1]?.length ?? 0) - Number(exponent));
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}
