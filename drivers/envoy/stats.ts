/** Envoy's statistics: counters and gauges as numbers, and the text ones, which say which configuration was taken. */
import { z } from 'zod';

/** Only what was ever touched: a cluster with many services has thousands of zeros. */
export const STATS_PAGE = '/stats?format=json&usedonly';

const STATS = z.object({
  stats: z.array(
    z.union([
      z.object({ name: z.string(), value: z.union([z.number(), z.string()]) }),
      z.object({ histograms: z.unknown() }),
    ]),
  ),
});

export interface EnvoyStats {
  readonly numbers: Readonly<Record<string, number>>;
  readonly texts: Readonly<Record<string, string>>;
}

/** @throws ZodError when the page is not what Envoy answers. */
export function parseStats(page: string): EnvoyStats {
  const numbers: Record<string, number> = {};
  const texts: Record<string, string> = {};
  for (const entry of STATS.parse(JSON.parse(page)).stats) {
    if (!('name' in entry)) continue;
    if (typeof entry.value === 'number') numbers[entry.name] = entry.value;
    else texts[entry.name] = entry.value;
  }
  return { numbers, texts };
}
