/** The part of the report about how fast changes take effect. Times are milliseconds after the API accepted the change (T1). */
import { z } from 'zod';

const ms = z.number();
const duration = z.number().nonnegative();
const count = z.int().nonnegative();
const words = z.string().min(1);

const quantilesSchema = z.object({
  median: ms.describe(
    'Kaplan–Meier over midpoints, or Turnbull where probes were wide apart beside it; negative: seen before the API answered',
  ),
  low: ms,
  high: ms
    .exactOptional()
    .describe('end of the interval of the median; absent when it lies among changes that were never seen'),
  p90: ms.exactOptional().describe('absent when fewer than nine in ten were seen'),
  level: z
    .number()
    .min(0)
    .max(1)
    .exactOptional()
    .describe('what the interval covers the median with: order statistics, 0.95 from six changes on'),
});

const pointSchema = z.object({ ms, share: z.number().min(0).max(1) });

const rasterSchema = z.object({
  anyMs: ms.exactOptional(),
  allMs: ms.exactOptional(),
  endedMs: ms.describe('until when it was watched'),
  proxies: z
    .array(
      z.object({
        lastOldMs: ms.describe('T3, by the time of sending'),
        firstNewMs: ms.exactOptional().describe('T4'),
        stableMs: ms.exactOptional().describe('T5: the first of 20 new answers in a row'),
        gapMs: duration.exactOptional().describe('between probes at T4, as asked for'),
        glitches: count,
      }),
    )
    .readonly(),
});

export const convergenceSchema = z.object({
  change: words.describe('split-shift, allow, deny, …'),
  proxies: count,
  flips: count,
  anyMs: quantilesSchema
    .exactOptional()
    .describe('until the first proxy showed the change; absent when more than half never did'),
  allMs: quantilesSchema
    .exactOptional()
    .describe('until every proxy showed it for good; absent when more than half of the changes never got there'),
  mixWindowMs: duration.describe(
    'how long old and new answers were seen side by side: the median; 0: no overlap was seen',
  ),
  resolutionMs: duration.describe('half the time between the last old and the first new answer of a proxy: the median'),
  censored: count.describe('flips not finished before the deadline'),
  glitches: count.describe('old answers after new ones, and errors'),
  nacks: count.describe('configurations that a proxy refused'),
  deadlineMs: duration.exactOptional(),
  connections: z
    .enum(['new', 'reuse'])
    .exactOptional()
    .describe('whether each probe opened a connection or a few took turns'),
  c90Ms: quantilesSchema.exactOptional().describe('until nine in ten proxies showed it for good'),
  fromRequestMs: quantilesSchema.exactOptional().describe('anyMs, from the request to the API (T0)'),
  fromFirstMs: quantilesSchema.exactOptional().describe('of a burst: allMs, from the acceptance of its first change'),
  controlPlaneMs: quantilesSchema
    .exactOptional()
    .describe('until all proxies had acknowledged the change to the control plane'),
  mixWindowMaxMs: duration.exactOptional(),
  smallestGlitchMs: duration.exactOptional().describe('the shortest disturbance that a stream sees with 95 %'),
  glitchKinds: z
    .object({
      back: count.describe('old after new, before the proxy was stable'),
      late: count.describe('old after it was stable'),
      errors: count.describe('neither old nor new'),
      traffic: count.describe('errors of the traffic beside the probes'),
    })
    .exactOptional(),
  invalid: count.exactOptional().describe('flips that say nothing; left out of all figures, for the reasons given'),
  invalidReasons: z.array(words).readonly().exactOptional(),
  whiteBox: z
    .object({ compared: count, flagged: count, medianGapMs: ms })
    .exactOptional()
    .describe("first new answer beside the proxy's own update_time"),
  outage: z
    .object({ durationMs: duration, probes: count, answered: count })
    .exactOptional()
    .describe('while the control plane was away'),
  notes: z.array(words).readonly().exactOptional(),
  survival: z
    .object({
      method: z.enum(['kaplan-meier', 'turnbull']),
      any: z.array(pointSchema).readonly(),
      all: z.array(pointSchema).readonly(),
    })
    .exactOptional()
    .describe('share of the changes still to come, over time'),
  raster: z.array(rasterSchema).readonly().exactOptional().describe('each change, and in it each proxy'),
});

export const unmeasuredSchema = z
  .object({ change: words, why: words })
  .describe('a change that was asked for and not made');

export type ConvergenceResult = z.infer<typeof convergenceSchema>;
