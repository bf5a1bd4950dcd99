/** The parts of the report about what a request costs: comparisons, and what stands behind them. */
import { z } from 'zod';

const count = z.int().nonnegative();
const words = z.string().min(1);
const rate = z.number().nonnegative();

export const overheadSchema = z.object({
  arm: words,
  against: words,
  rate,
  quantile: z.union([z.string(), z.number()]),
  deltaMs: z.number().describe('median over repetitions of the median paired difference'),
  lowMs: z.number(),
  highMs: z.number(),
  floorMs: z.number().describe('A/A noise floor: what the same arm differs from itself'),
  n: count.describe('repetitions'),
  outcome: z.enum(['slower', 'faster', 'equivalent', 'inconclusive']),
  mesh: words.exactOptional(),
  reason: words.exactOptional().describe('why this outcome'),
  design: z
    .enum(['slices', 'interleaved'])
    .exactOptional()
    .describe('slices: arms in turn, ABBA; interleaved: both at once, half a gap apart'),
  armMs: rate.exactOptional().describe('the quantile itself, all valid requests merged'),
  againstMs: rate.exactOptional(),
  confidence: z.number().exactOptional().describe('what lowMs to highMs covers: few repetitions cannot give 95 %'),
  bootstrapMs: z
    .tuple([z.number(), z.number()])
    .readonly()
    .exactOptional()
    .describe('BCa interval (95 %) of the same median, for comparison'),
  withinMs: z
    .tuple([z.number(), z.number()])
    .readonly()
    .exactOptional()
    .describe('moving-block bootstrap over single pairs: it knows nothing of how repetitions differ'),
  mdeMs: rate.exactOptional().describe('the smallest difference found with 80 % probability'),
  marginMs: rate.exactOptional().describe('what counts as equivalent'),
  pValue: z.number().exactOptional().describe('exact sign test'),
  adjustedPValue: z.number().exactOptional().describe("Holm's correction over all comparisons of the report"),
  pairs: z.object({ valid: count, planned: count }).exactOptional(),
  differencesMs: z.array(z.number()).readonly().exactOptional().describe('one a repetition'),
});

const armSchema = z.object({
  name: words,
  description: words,
  unmeasurable: words.exactOptional().describe('why the mesh does not let this arm be measured'),
  identity: words.exactOptional().describe('of the client, as a proxy told the server'),
  requests: count,
  failed: count.describe('due and not answered with a 2xx status'),
  slices: z
    .object({ total: count, invalid: count, causes: z.record(z.string(), count).readonly() })
    .describe('invalid: they say nothing; a send lag spoils one quantile only, and is counted among the causes'),
  quantilesMs: z
    .record(z.string(), rate)
    .readonly()
    .describe('of all valid slices of this arm, merged; slices in which it was alone'),
  curve: z
    .array(
      z.object({ q: z.number().min(0).max(1), ms: rate, lowMs: rate.exactOptional(), highMs: rate.exactOptional() }),
    )
    .readonly()
    .exactOptional()
    .describe('the same, all along; low and high: interval of the median over repetitions, as far as one reaches'),
  cpuUsPerRequest: rate.exactOptional().describe('processor time of all proxies while this arm alone was loaded'),
  proxyResidentBytes: count.exactOptional().describe('of the larger proxy on the way'),
  pressure: rate.exactOptional().describe('share of the time in which some task waited for a processor'),
});

const sliceSchema = z.object({
  rep: count,
  arm: words,
  design: z.enum(['slices', 'interleaved']),
  atSeconds: rate.describe('of load, one repetition after the other'),
  seconds: rate,
  due: count,
  good: count.describe('answered with a 2xx status'),
  p50Ms: rate.exactOptional().describe('absent where nothing was answered'),
  sendLagP50Ms: rate.exactOptional().describe('how late the generator itself was'),
  sendLagP99Ms: rate.exactOptional(),
  causes: z.array(words).readonly().describe('why it says nothing, or nothing of one quantile; empty: it counts'),
});

const saturationSchema = z.object({
  arm: words,
  maxPerSecond: rate.exactOptional().describe('absent when too few steps can be believed'),
  lowPerSecond: rate.exactOptional(),
  highPerSecond: rate.exactOptional(),
  bestConcurrency: rate.exactOptional().describe('absent when throughput still grew at the last step'),
  sigma: z.number().exactOptional(),
  kappa: z.number().exactOptional(),
  steps: z
    .array(z.object({ concurrency: count, perSecond: rate, meanMs: rate, littleError: z.number() }))
    .readonly()
    .describe("littleError: how far X·R is off N, as a share (Little's law)"),
  leftOut: z.array(z.object({ concurrency: count, reason: words })).readonly(),
});

export const benchSchema = z.object({
  mesh: words,
  version: words,
  rate,
  rateReason: words,
  seconds: rate,
  reps: count,
  connections: count,
  arrivals: z.enum(['uniform', 'poisson']),
  payloadBytes: count.describe('body of each answer'),
  generator: words.exactOptional().describe('what sent the load, and from where; absent in older reports: autocannon'),
  arms: z.array(armSchema).readonly(),
  timeline: z.array(sliceSchema).readonly().exactOptional().describe('every slice, in the order of time'),
  saturation: z.array(saturationSchema).readonly(),
  slo: z
    .array(z.object({ arm: words, perSecond: rate.exactOptional(), reason: words }))
    .readonly()
    .describe('the highest rate that keeps the promise; absent: none does, or it could not be told'),
  limits: z
    .array(
      z.object({
        limit: words,
        most: rate,
        measured: rate.exactOptional(),
        outcome: z.enum(['kept', 'crossed', 'unknown']),
      }),
    )
    .readonly()
    .exactOptional()
    .describe('of the configuration, on requests with a proxy at either end; unknown: too little was measured'),
  controlPlane: z.object({ cpuUsPerRequest: rate, residentBytes: count }).exactOptional(),
  withheld: z
    .array(z.object({ arm: words, quantile: words, reason: words }))
    .readonly()
    .describe('comparisons whose number nobody could stand behind'),
  notes: z.array(words).readonly(),
  raw: z.array(words).readonly().describe('files with every histogram, relative to the folder of the report'),
});

export type OverheadResult = z.infer<typeof overheadSchema>;
export type BenchReport = z.infer<typeof benchSchema>;
