/** Limits of the configuration on requests through the mesh, kept or crossed, where a proxy is at either end. */
import { quantileMs } from '../load/histogram.js';
import type { LoadLimits } from '../load/limits.js';
import type { ArmName } from './arms.js';
import { aloneSlices, mergeResponses } from './compare.js';
import { QUANTILES, type MeasuredQuantile } from './quantiles.js';
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

const quantileOf = (limit: keyof LoadLimits): MeasuredQuantile | undefined =>
  QUANTILES.find(({ name }) => limit === `${name}Ms`);

/** Quantiles are those of slices that count; failures are counted in all, since a slice with failures does not count for quantiles. */
export function checkLimits(limits: LoadLimits, slices: readonly SliceRecord[]): readonly LimitResult[] {
  const own = slices.filter(({ arm }) => arm === LIMITED_ARM);
  const due = own.reduce((sum, { window }) => sum + window.due, 0);
  const failed = own.reduce((sum, { window, good }) => sum + window.due - good, 0);
  const measure = (limit: keyof LoadLimits): number | undefined => {
    const quantile = quantileOf(limit);
    if (quantile !== undefined) return quantileMs(mergeResponses(aloneSlices(own, quantile.name)), quantile.q);
    return due === 0 ? undefined : failed / due;
  };
  return (Object.entries(limits) as [keyof LoadLimits, number][]).map(([limit, most]) => {
    const measured = measure(limit);
    if (measured === undefined) return { limit, most, outcome: 'unknown' };
    return { limit, most, measured, outcome: measured <= most ? 'kept' : 'crossed' };
  });
}
