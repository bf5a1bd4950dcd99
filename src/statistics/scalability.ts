/** Throughput against concurrency: Little's law as a check, the Universal Scalability Law as a fit. */
import { createSeededRandom } from '../../fixtures/agent/seeded-random.js';
import { minimiseSquares } from './least-squares.js';
import { quantile, type Interval } from './order.js';

/** One step of a ladder in closed loop. */
export interface LadderStep {
  readonly concurrency: number;
  readonly perSecond: number;
  readonly meanMs: number;
}

/** How far N = X·R is off, as a share of N. What is in flight and not seen, or seen and not in flight, shows here. */
export function littleError({ concurrency, perSecond, meanMs }: LadderStep): number {
  return (perSecond * meanMs) / 1000 / concurrency - 1;
}

/** X(N) = λN / (1 + σ(N − 1) + κN(N − 1)). */
export interface ScalabilityLaw {
  /** Requests a second of one connection alone. */
  readonly lambda: number;
  /** Contention; below zero where two together do more than twice the work of one. */
  readonly sigma: number;
  /** Coherence: what everybody costs everybody. */
  readonly kappa: number;
}

export interface ScalabilityFit extends ScalabilityLaw {
  readonly maxPerSecond: number;
  readonly maxPerSecondInterval: Interval;
  /** Where the maximum lies; absent when throughput still grew at the last step. */
  readonly bestConcurrency?: number;
  readonly bestConcurrencyInterval?: Interval;
}

/** Three parameters and something left to judge the fit by. */
export const LEAST_STEPS = 5;
const REFITS = 200;

export function throughputAt({ lambda, sigma, kappa }: ScalabilityLaw, n: number): number {
  return (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));
}

/** Fits relative residuals; intervals (95 %) by resampling them. @throws RangeError for fewer than five steps */
export function fitScalability(steps: readonly LadderStep[], { seed }: { readonly seed: number }): ScalabilityFit {
  if (steps.length < LEAST_STEPS) throw new RangeError(`a fit of fewer than ${LEAST_STEPS} steps`);
  const law = fitLaw(steps);
  const top = Math.max(...steps.map(({ concurrency }) => concurrency));
  const peak = peakOf(law, top);
  const residuals = steps.map(({ concurrency, perSecond }) => perSecond / throughputAt(law, concurrency));
  // What three parameters have taken out of the residuals is put back.
  const inflation = Math.sqrt(steps.length / (steps.length - 3));
  const random = createSeededRandom(seed);
  const refits = Array.from({ length: REFITS }, () => {
    const redrawn = steps.map((step) => {
      const residual = residuals[Math.floor(random() * residuals.length)] ?? 1;
      return { ...step, perSecond: throughputAt(law, step.concurrency) * (1 + (residual - 1) * inflation) };
    });
    return peakOf(fitLaw(redrawn), top);
  });
  const interval = (values: readonly number[]): Interval => ({
    low: quantile(values, 0.025),
    high: quantile(values, 0.975),
    confidence: 0.95,
  });
  const concurrencies = refits.flatMap(({ concurrency }) => (concurrency === undefined ? [] : [concurrency]));
  return {
    ...law,
    maxPerSecond: peak.perSecond,
    maxPerSecondInterval: interval(refits.map(({ perSecond }) => perSecond)),
    ...(peak.concurrency === undefined || concurrencies.length < REFITS / 2
      ? {}
      : { bestConcurrency: peak.concurrency, bestConcurrencyInterval: interval(concurrencies) }),
  };
}

function fitLaw(steps: readonly LadderStep[]): ScalabilityLaw {
  const first = steps[0] ?? { concurrency: 1, perSecond: 1 };
  const read = ([a = 0, sigma = 0, c = 0]: readonly number[]): ScalabilityLaw => ({
    lambda: Math.exp(a),
    sigma,
    kappa: c * c,
  });
  const residuals = (parameters: readonly number[]): readonly number[] =>
    steps.map(({ concurrency, perSecond }) => throughputAt(read(parameters), concurrency) / perSecond - 1);
  const start = Math.log(first.perSecond / first.concurrency);
  const candidates = [0, 0.1, 0.5].map((sigma) => minimiseSquares(residuals, [start, sigma, 0.01]));
  const cost = (parameters: readonly number[]): number =>
    residuals(parameters).reduce((sum, one) => sum + one * one, 0);
  return read(candidates.reduce((best, one) => (cost(one) < cost(best) ? one : best)));
}

/** The maximum within what was tried: a law is not believed beyond its data. */
function peakOf(law: ScalabilityLaw, top: number): { perSecond: number; concurrency?: number } {
  const best = Math.sqrt((1 - law.sigma) / law.kappa);
  if (Number.isFinite(best) && best <= top) {
    const concurrency = Math.max(1, best);
    return { perSecond: throughputAt(law, concurrency), concurrency };
  }
  return { perSecond: throughputAt(law, top) };
}
