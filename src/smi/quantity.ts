/** An exact decimal number, `digits · 10^exponent`. Every Kubernetes Quantity is one, the binary suffixes included. */
export interface Quantity {
  readonly digits: bigint;
  readonly exponent: number;
}

const DECIMAL_SUFFIXES: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_SUFFIXES: Readonly<Record<string, bigint>> = { Ki: 1n, Mi: 2n, Gi: 3n, Ti: 4n, Pi: 5n, Ei: 6n };

const GRAMMAR = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d+))?$/;

/** Kubernetes keeps nothing finer than one nano … */
const FINEST_EXPONENT = -9;
/** … and nothing larger than an int64. */
const LARGEST = 2n ** 63n - 1n;

/** Reads a Kubernetes Quantity (`500m`, `1.5Gi`, `2e3`); null when the text is none. */
export function parseQuantity(text: string): Quantity | null {
  const match = GRAMMAR.exec(text);
  if (match === null) return null;
  const [, sign, number = '', binary, decimal = '', power = '0'] = match;
  const [whole = '', fraction = ''] = number.split('.');
  const unsigned = BigInt(whole + fraction) * 1024n ** (binary === undefined ? 0n : (BINARY_SUFFIXES[binary] ?? 0n));
  const exponent = (DECIMAL_SUFFIXES[decimal] ?? 0) + Number(power) - fraction.length;
  return normalize({ digits: sign === '-' ? -unsigned : unsigned, exponent });
}

/** The decimal that a finite number prints as, which is the one its author meant. */
export function quantityOf(value: number): Quantity {
  const quantity = Number.isFinite(value) ? parseQuantity(String(value)) : null;
  if (quantity === null) throw new RangeError(`${value} is not a finite number`);
  return quantity;
}

/** The nearest double; infinite when the Quantity is beyond its range. */
export function toNumber({ digits, exponent }: Quantity): number {
  return Number(`${digits}e${exponent}`);
}

/**
 * Writes a Quantity without loss: whole numbers plainly, fractions with the largest of `m`, `u`, `n` that leaves a whole number.
 * What none of them can hold is written with an exponent.
 */
export function formatQuantity(quantity: Quantity): string {
  const { digits, exponent } = normalize(quantity);
  if (exponent > 18 || exponent < FINEST_EXPONENT) return `${digits}e${exponent}`;
  const suffix = exponent >= 0 ? '' : exponent >= -3 ? 'm' : exponent >= -6 ? 'u' : 'n';
  return `${digits * 10n ** BigInt(exponent - (DECIMAL_SUFFIXES[suffix] ?? 0))}${suffix}`;
}

/** What Kubernetes would keep of a Quantity: rounded away from zero to whole nanos, and capped at an int64. */
export function roundLikeKubernetes(quantity: Quantity): Quantity {
  const { digits, exponent } = normalize(quantity);
  const sign = digits < 0n ? -1n : 1n;
  // 19 digits hold every int64: an exponent beyond that is over the cap, and need not be written out to know it.
  if (exponent > 18 || magnitude(digits, exponent) > LARGEST) return { digits: sign * LARGEST, exponent: 0 };
  if (exponent >= FINEST_EXPONENT) return { digits, exponent };
  const divisor = 10n ** BigInt(FINEST_EXPONENT - exponent);
  const nanos = digits / divisor + (digits % divisor === 0n ? 0n : sign);
  return normalize({ digits: nanos, exponent: FINEST_EXPONENT });
}

/** Whether two Quantities are the same number. */
export function isSameQuantity(one: Quantity, other: Quantity): boolean {
  const [a, b] = [normalize(one), normalize(other)];
  return a.digits === b.digits && a.exponent === b.exponent;
}

function magnitude(digits: bigint, exponent: number): bigint {
  const unsigned = digits < 0n ? -digits : digits;
  return exponent >= 0 ? unsigned * 10n ** BigInt(exponent) : unsigned / 10n ** BigInt(-exponent);
}

function normalize({ digits, exponent }: Quantity): Quantity {
  if (digits === 0n) return { digits: 0n, exponent: 0 };
  const zeros = /0*$/.exec(String(digits))?.[0].length ?? 0;
  return { digits: digits / 10n ** BigInt(zeros), exponent: exponent + zeros };
}
