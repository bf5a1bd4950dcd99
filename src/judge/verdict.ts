/** The seven verdicts and how they add up. @see docs/methodology.md */

export const VERDICTS = ['pass', 'fail', 'recorded', 'error', 'inconclusive', 'unsupported', 'excluded'] as const;
export type VerdictName = (typeof VERDICTS)[number];

/** One statistical decision, planned before sampling. */
export interface Statistic {
  readonly name: string;
  readonly test: 'sequential' | 'exact-binomial' | 'chi-square' | 'zero-hits' | 'presence' | 'rule-of-three';
  readonly unit: 'request' | 'connection';
  readonly n: number;
  readonly alpha: number;
  readonly power: number;
  /** Share or count observed, in the words of the test. */
  readonly observed: Readonly<Record<string, number>>;
  readonly expected: Readonly<Record<string, number>>;
  readonly pValue?: number;
  /** Accepted counts, both ends included. */
  readonly accept?: Readonly<Record<string, readonly [number, number]>>;
  /** Clopper–Pearson interval of each share at 1 − alpha. */
  readonly interval?: Readonly<Record<string, readonly [number, number]>>;
  readonly rejected: boolean;
}

export interface Verdict {
  readonly verdict: VerdictName;
  /** One sentence a person can act on. */
  readonly reason: string;
  /** Which reading of an ambiguous text the mesh takes (class A). */
  readonly variant?: string;
  readonly statistics?: readonly Statistic[];
}
