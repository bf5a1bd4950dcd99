/** Intervals by resampling; seeded, so that the same values give the same interval. */
import chisquareCdf from '@stdlib/stats-base-dists-chisquare-cdf';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { createSeededRandom } from '../../fixtures/agent/seeded-random.js';
import { quantile, type Interval } from './order.js';

export interface BootstrapOptions {
  readonly seed: number;
  readonly confidence?: number;
  readonly resamples?: number;
}

type Statistic = (values: readonly number[]) => number;

/** Bias-corrected and accelerated (Efron 1987). @throws RangeError for fewer than two values */
export function bootstrapInterval(
  values: readonly number[],
  statistic: Statistic,
  { seed, confidence = 0.95, resamples = 2000 }: BootstrapOptions,
): Interval {
  if (values.length < 2) throw new RangeError('a bootstrap of fewer than two values');
  const random = createSeededRandom(seed);
  const drawn = Array.from({ length: resamples }, () =>
    statistic(values.map(() => values[Math.floor(random() * values.length)] ?? NaN)),
  );
  const observed = statistic(values);
  const below = drawn.filter((one) => one < observed).length + drawn.filter((one) => one === observed).length / 2;
  const bias = normalQuantile(Math.min(1 - 1 / resamples, Math.max(1 / resamples, below / resamples)), 0, 1);
  const acceleration = accelerationOf(values, statistic);
  const end = (p: number): number => {
    const z = bias + normalQuantile(p, 0, 1);
    return quantile(drawn, normalCdf(bias + z / (1 - acceleration * z)));
  };
  const tail = (1 - confidence) / 2;
  return { low: end(tail), high: end(1 - tail), confidence };
}

/**
 * Moving-block bootstrap (percentile interval) for values that depend on their neighbours, such as windows of one run: blocks of
 * `blockLength` values in a row are drawn instead of single ones.
 */
export function blockBootstrapInterval(
  values: readonly number[],
  statistic: Statistic,
  { seed, confidence = 0.95, resamples = 2000, blockLength }: BootstrapOptions & { readonly blockLength: number },
): Interval {
  if (values.length < blockLength || blockLength < 1)
    throw new RangeError('blocks longer than what they are drawn from');
  const random = createSeededRandom(seed);
  const starts = values.length - blockLength + 1;
  const drawn = Array.from({ length: resamples }, () => {
    const sample: number[] = [];
    while (sample.length < values.length) {
      const start = Math.floor(random() * starts);
      sample.push(...values.slice(start, start + blockLength));
    }
    return statistic(sample.slice(0, values.length));
  });
  const tail = (1 - confidence) / 2;
  return { low: quantile(drawn, tail), high: quantile(drawn, 1 - tail), confidence };
}

/** From the jackknife: how the statistic's error changes with its value. */
function accelerationOf(values: readonly number[], statistic: Statistic): number {
  const left = values.map((_, skipped) => statistic(values.filter((_value, index) => index !== skipped)));
  const mean = left.reduce((sum, one) => sum + one, 0) / left.length;
  const squares = left.reduce((sum, one) => sum + (mean - one) ** 2, 0);
  if (squares === 0) return 0;
  return left.reduce((sum, one) => sum + (mean - one) ** 3, 0) / (6 * squares ** 1.5);
}

/** By the chi-square distribution with one degree of freedom, whose square root is half a normal one. */
function normalCdf(z: number): number {
  const inside = chisquareCdf(z * z, 1);
  return z < 0 ? (1 - inside) / 2 : (1 + inside) / 2;
}
