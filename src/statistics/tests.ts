/** Exact tests and decisions on paired differences. */
import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';
import { medianInterval, robustDeviation } from './order.js';

/** Two-sided exact sign test that the median is zero; differences of exactly zero say nothing and are left out. */
export function signTest(differences: readonly number[]): number {
  const positive = differences.filter((difference) => difference > 0).length;
  const negative = differences.filter((difference) => difference < 0).length;
  const n = positive + negative;
  if (n === 0) return 1;
  return Math.min(1, 2 * binomialCdf(Math.min(positive, negative), n, 0.5));
}

/** Holm's step-down correction: adjusted p-values in the order given, which bound the chance of any false alarm among them. */
export function adjustByHolm(pValues: readonly number[]): readonly number[] {
  const order = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(pValues.length);
  let highest = 0;
  for (const [rank, { p, index }] of order.entries()) {
    highest = Math.max(highest, Math.min(1, p * (pValues.length - rank)));
    adjusted[index] = highest;
  }
  return adjusted;
}

export interface NoiseFloor {
  /** A difference below this is what two equal arms show (95 %). */
  readonly floor: number;
  /** The smallest difference found with 80 % probability. */
  readonly detectable: number;
}

/** From the differences, one a rep, between an arm and its twin. `resolution`: no floor is finer than the instrument. */
export function noiseFloor(differences: readonly number[], resolution: number): NoiseFloor {
  const error = robustDeviation(differences) / Math.sqrt(differences.length);
  return { floor: Math.max(resolution, 1.96 * error), detectable: Math.max(resolution, 2.8 * error) };
}

/**
 * Two one-sided tests: the median lies within ±margin when its 1 − 2α interval does. Never true when so few values cannot give
 * such an interval.
 */
export function isEquivalent(differences: readonly number[], margin: number, alpha = 0.05): boolean {
  const confidence = 1 - 2 * alpha;
  const interval = medianInterval(differences, confidence);
  return interval.confidence >= confidence && interval.low > -margin && interval.high < margin;
}
