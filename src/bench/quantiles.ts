/** The quantiles a benchmark tells, and the design that measures each best. */
import type { Histogram } from '../load/histogram.js';
import type { Design } from './schedule.js';

export type QuantileName = 'p50' | 'p90' | 'p95' | 'p99';

export interface MeasuredQuantile {
  readonly name: QuantileName;
  readonly q: number;
  readonly design: Design;
}

/**
 * Arms loaded one at a time do not disturb each other, which the middle needs; the tail is made of rare moments of the machine,
 * which both arms must share.
 */
export const QUANTILES: readonly MeasuredQuantile[] = [
  { name: 'p50', q: 0.5, design: 'slices' },
  { name: 'p90', q: 0.9, design: 'slices' },
  { name: 'p95', q: 0.95, design: 'interleaved' },
  { name: 'p99', q: 0.99, design: 'interleaved' },
];

/** By nearest rank, however few values lie beyond it: one of many differences whose median is taken. Undefined for no value at all. */
export function quantileAnyMs(histogram: Histogram, q: number): number | undefined {
  return histogram.totalCount === 0 ? undefined : histogram.getValueAtPercentile(q * 100) / 1000;
}
