/** What one look at a known truth showed. */

export type Unit = 'ms' | 'µs' | '%' | 'requests' | 'share' | 'distance' | 'verdict';

export interface Check {
  readonly name: string;
  readonly unit: Unit;
  /** What the instrument should have read. */
  readonly truth: number;
  readonly reading: number;
  /** Reading − truth, in the unit; relative (0.1 = 10 %) where the goal is. */
  readonly error: number;
  readonly goal: string;
  readonly ok: boolean;
  /** Whether a busy machine can be the cause of a miss: times are, counts and verdicts are not. */
  readonly depends: 'machine' | 'nothing';
}

interface Named {
  readonly name: string;
  readonly unit: Unit;
  readonly truth: number;
  readonly reading: number;
}

/** A reading of time within `limit` (in its unit) of the truth. */
export function near(check: Named, limit: number): Check {
  const error = check.reading - check.truth;
  return { ...check, error, goal: `within ±${limit} ${check.unit}`, ok: Math.abs(error) <= limit, depends: 'machine' };
}

/** A reading within a share of the truth. */
export function nearShare(check: Named, limit: number): Check {
  const error = check.reading / check.truth - 1;
  return {
    ...check,
    error,
    goal: `within ${(limit * 100).toFixed(0)} %`,
    ok: Math.abs(error) <= limit,
    depends: 'machine',
  };
}

/** A reading that should be nothing, and may be at most `limit`. */
export function atMost(check: Omit<Named, 'truth'>, limit: number): Check {
  return {
    ...check,
    truth: 0,
    error: check.reading,
    goal: `≤ ${limit} ${check.unit}`,
    ok: check.reading <= limit,
    depends: 'machine',
  };
}

/** A reading that should be whole, and may miss `limit` of it. */
export function atLeast(check: Named, limit: number): Check {
  const error = check.reading - check.truth;
  return { ...check, error, goal: `≥ ${limit} ${check.unit}`, ok: check.reading >= limit, depends: 'machine' };
}

/** Counting is exact on any machine. */
export function exactly(check: Named): Check {
  const error = check.reading - check.truth;
  return { ...check, error, goal: 'exact', ok: error === 0, depends: 'nothing' };
}

/** An interval that should hold the truth, told by its middle. */
export function covers(name: string, truth: number, interval: { readonly low: number; readonly high: number }): Check {
  const reading = (interval.low + interval.high) / 2;
  return {
    ...{ name, unit: 'ms', truth, reading, error: reading - truth },
    goal: `interval ${interval.low.toFixed(3)} … ${interval.high.toFixed(3)} covers`,
    ok: interval.low <= truth && truth <= interval.high,
    depends: 'machine',
  };
}
