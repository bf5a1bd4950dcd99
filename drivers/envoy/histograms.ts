/** Envoy's histograms, bin by bin: the counts since it started, of one per cent to ten per cent in width. */
import { z } from 'zod';
import type { Histogram } from '../../src/metrics/histogram.js';

/** Makes the JSON page of statistics show bins. */
export const DETAILED = 'histogram_buckets=detailed';

const BIN = z.object({ lower_bound: z.number(), width: z.number(), count: z.number() });
const STATS = z.object({
  stats: z.array(
    z.object({
      histograms: z
        .object({ details: z.array(z.object({ name: z.string(), totals: z.array(BIN).nullish() })).default([]) })
        .optional(),
    }),
  ),
});

/** By their own names. @param perSecond in what is counted: 1000 for milliseconds. @throws ZodError when the page is not what Envoy answers */
export function parseHistograms(page: string, perSecond: number): ReadonlyMap<string, Histogram> {
  const details = STATS.parse(JSON.parse(page)).stats.flatMap(({ histograms }) => histograms?.details ?? []);
  return new Map(
    details.map(({ name, totals }) => [
      name,
      (totals ?? []).map(({ lower_bound: low, width, count }) => ({
        low: low / perSecond,
        high: (low + width) / perSecond,
        count,
      })),
    ]),
  );
}
