/** Limits of the configuration on requests through the mesh, kept or crossed, where a proxy is at either end. */
import { quantileMs } from '../load/histogram.js';
import type { LoadLimits } from '../load/limits.js';
import type { ArmName } from './arms.js';
import { aloneSlices, mergeResponses } from './compare.js';
import type { SliceRecord } from './records.js';

/** The arm that is what users of a mesh have. */
export const LIMITED_ARM: ArmName = 'both';

export interface LimitResult {
  readonly limit: keyof LoadLimits;
  readonly most: number;
  /** Absent where too little was measured to tell. */
  readonly measured?: number;
  readonly outcome: 'kept' | 'crossed' | 'unknown';
}

const QUANTILE_OF = { p50Ms: 0.5, p95Ms: 0.95, p99Ms: 0.99 } as const;
const isQuantile = (limit: keyof LoadLimits): limit is keyof typeof QUANTILE_OF => limit in QUANTILE_OF;

/** Quantiles are those of slices that count; failures are counted in all, since a slice with failures does not count for quantiles. */
export function checkLimits(limits: LoadLimits, slices: readonly SliceRecord[]): readonly LimitResult[] {
  const own = slices.filter(({ arm }) => arm === LIMITED_ARM);
  const merged = mergeResponses(aloneSlices(own));
  const due = own.reduce((sum, { window }) => sum + window.due, 0);
  const failed = own.reduce((sum, { window, good }) => sum + window.due - good, 0);
  const measure = (limit: keyof LoadLimits): number | undefined => {
    if (isQuantile(limit)) return quantileMs(merged, QUANTILE_OF[limit]);
    return due === 0 ? undefined : failed / due;
  };
  return (Object.entries(limits) as [keyof LoadLimits, number][]).map(([limit, most]) => {
    const measured = measure(limit);
    if (measured === undefined) return { limit, most, outcome: 'unknown' };
    return { limit, most, measured, outcome: measured <= most ? 'kept' : 'crossed' };
  });
}
