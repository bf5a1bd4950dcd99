/** How a cost grows with the number of clients: the exponent of a power law, by least squares on logarithms. */
import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';

const CONFIDENCE = 0.95;
/** With fewer sizes there is a line through the points, and nothing to say about its error. */
const MIN_POINTS = 3;

export interface Point {
  readonly clients: number;
  readonly value: number;
}

export type GrowthWord = 'constant' | 'sublinear' | 'linear' | 'superlinear' | 'quadratic' | 'undecided';

export interface Growth {
  /** cost ∝ clients^slope. */
  readonly slope: number;
  /** Ends of the 95 % confidence interval of the slope (Student's t, one point a size). */
  readonly low: number;
  readonly high: number;
  /** Share of the variance of the logarithms that the line explains. */
  readonly r2: number;
  readonly points: number;
  readonly word: GrowthWord;
}

/** Undefined with fewer than three sizes, or with values that have no logarithm. */
export function fitGrowth(points: readonly Point[]): Growth | undefined {
  const usable = points.filter(({ clients, value }) => clients > 0 && value > 0);
  const n = usable.length;
  if (n < MIN_POINTS || n < points.length) return undefined;
  const x = usable.map(({ clients }) => Math.log(clients));
  const y = usable.map(({ value }) => Math.log(value));
  const meanX = mean(x);
  const meanY = mean(y);
  const sxx = sum(x.map((each) => (each - meanX) ** 2));
  if (sxx === 0) return undefined;
  const slope = sum(x.map((each, index) => (each - meanX) * ((y[index] ?? 0) - meanY))) / sxx;
  const residual = sum(x.map((each, index) => ((y[index] ?? 0) - meanY - slope * (each - meanX)) ** 2));
  const total = sum(y.map((each) => (each - meanY) ** 2));
  const margin = studentQuantile(n - 2) * Math.sqrt(residual / (n - 2) / sxx);
  const [low, high] = [slope - margin, slope + margin];
  return { slope, low, high, r2: total === 0 ? 1 : 1 - residual / total, points: n, word: wordFor(low, high) };
}

/** An exponent that is so little beside the interval is in it, for all that anybody can tell from it. */
const SLACK = 0.05;

/** What the interval leaves open is not claimed: one that holds two of the exponents 0, 1 and 2 says nothing. */
function wordFor(low: number, high: number): GrowthWord {
  const held = [0, 1, 2].filter((exponent) => low - SLACK <= exponent && exponent <= high + SLACK);
  if (held.length > 1) return 'undecided';
  switch (held[0]) {
    case 0:
      return 'constant';
    case 1:
      return 'linear';
    case 2:
      return 'quadratic';
    default:
      return high < 1 ? 'sublinear' : 'superlinear';
  }
}

/** Two-sided quantile of Student's t distribution, by way of the beta distribution. */
export function studentQuantile(degrees: number): number {
  const tail = betaQuantile(1 - CONFIDENCE, degrees / 2, 0.5);
  return Math.sqrt((degrees * (1 - tail)) / tail);
}

/** Cost of one client more, by least squares on the values themselves; undefined with fewer than two sizes. */
export function costPerClient(points: readonly Point[]): number | undefined {
  const meanX = mean(points.map(({ clients }) => clients));
  const meanY = mean(points.map(({ value }) => value));
  const sxx = sum(points.map(({ clients }) => (clients - meanX) ** 2));
  if (points.length < 2 || sxx === 0) return undefined;
  return sum(points.map(({ clients, value }) => (clients - meanX) * (value - meanY))) / sxx;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
