/** Servers whose answers are known in closed form: what they do, and what an instrument must therefore read. */

export type Truth =
  /** Answers as soon as it is asked. */
  | { readonly kind: 'instant' }
  /** Answers at once, but freezes as a whole for `forMs` in every `everyMs`. */
  | { readonly kind: 'stall'; readonly everyMs: number; readonly forMs: number }
  /** Each answer comes `ms` after its request, whatever else is under way. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Works for `ms` on every request, one after the other. */
  | { readonly kind: 'busy'; readonly ms: number }
  /** Closes the connection instead of answering, at every `every`th request. */
  | { readonly kind: 'closing'; readonly every: number }
  /** Answers at once and writes down when each request arrived. */
  | { readonly kind: 'arrivals' }
  /** Answers in the name of one of two pods, `a` with probability `share`, drawn anew for each request. */
  | { readonly kind: 'split'; readonly share: number; readonly seed: number }
  /** Answers 503 for `forMs` out of every `everyMs`. */
  | { readonly kind: 'glitch'; readonly everyMs: number; readonly forMs: number };

/** What a server knows of its own doing. */
export interface TruthReport {
  readonly requests: number;
  /** Connections closed instead of an answer. */
  readonly closed: number;
  /** Epoch milliseconds, in order. */
  readonly arrivals: readonly number[];
  /** Answers by the pod in whose name they were given. */
  readonly answeredBy: Readonly<Record<string, number>>;
  /** Stretches of time in which it misbehaved, epoch milliseconds. */
  readonly glitches: readonly (readonly [number, number])[];
}

/** A GET here is answered with the report and counts as no request. */
export const REPORT_PATH = '/-/report';

/**
 * The latency of a request that comes at any instant of a stalling server's period with equal probability:
 * P(latency > x) = (forMs − x) / everyMs, so that quantile q is forMs − (1 − q)·everyMs, and nothing below that share.
 */
export function stallQuantileMs({ everyMs, forMs }: { everyMs: number; forMs: number }, q: number): number {
  return Math.max(0, forMs - (1 - q) * everyMs);
}

/**
 * Kolmogorov–Smirnov distance between instants, each taken within its second, and an even spread: 0 for even, near 1 for one
 * burst a second. Seconds begin with the first instant.
 */
export function distanceToUniform(instants: readonly number[]): number {
  const [first = 0] = instants;
  const places = instants.map((at) => (((at - first) % 1_000) + 1_000) % 1_000).sort((a, b) => a - b);
  const n = places.length;
  return places.reduce((most, place, rank) => {
    const expected = place / 1_000;
    return Math.max(most, Math.abs(expected - rank / n), Math.abs((rank + 1) / n - expected));
  }, 0);
}
