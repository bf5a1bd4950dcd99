/** Whether percentiles are where the delays are. */
import type { MetricsAnswer } from '../../src/cases/context.js';
import { visit } from '../../src/cases/define.js';
import type { Exchange } from '../../src/judge/exchanges.js';
import { invalid, violation, type Finding } from '../../src/judge/findings.js';
import { PERCENTILES, type Reading } from '../../src/metrics/read-answer.js';
import { readOne } from './answers.js';
import { asked, awaitQuiet, countingPlan, load, make, metricsCase, podPath } from './metrics-case.js';
import { judgeCovered } from './truth.js';

const DELAY_MS = 300;
const phase = asked('one answer in ten waits');
const slow = load('e7:8080', 10, { key: 'answered late', headers: [['x-meshgauge-delay', String(DELAY_MS)]] });
const fast = load('e7:8080', 90, { key: 'answered at once' });
/** Whoever asked this pod before did not wait either. */
const none = load('e4:8080', 100);
const DELAYED = podPath('p7');
const AT_EASE = podPath('p4');

export const percentiles = metricsCase({
  id: 'MET-07',
  class: 'M',
  title: 'latencies show in the percentile they belong to',
  phrase: 'surfaces latency percentiles and request volume',
  setup: `of 100 answers ten are held back for ${DELAY_MS} ms`,
  expectation:
    'p50 ≤ p90 ≤ p99 in their unit; each at least what its requests were held back, and at most what their client waited',
  control: 'beside it, at a pod without delays, p99 is far lower',
  catches: ['metrics-wrong-unit', 'metrics-swapped-percentiles'],
  plan: countingPlan(slow, fast, none),
  phases: [phase],
  run: async (ctx) => {
    await visit(ctx, phase);
    await awaitQuiet(ctx, phase.name, DELAYED);
    const isAfter = await make(ctx, phase.name, slow, fast, none);
    const until = (answer: MetricsAnswer): boolean => isAfter({ ...answer, lagMs: answer.latencyLagMs });
    await Promise.all([DELAYED, AT_EASE].map((path) => ctx.metrics(phase.name, path, { until })));
  },
  judge: (exchanges, evidence) => {
    const { reading, fact, findings } = readOne(evidence, phase.name, DELAYED);
    if (reading === undefined) return { findings };
    const held = exchanges.of(phase.name, slow.key);
    const atOnce = exchanges.of(phase.name, fast.key);
    const control = readOne(evidence, phase.name, AT_EASE).reading;
    return {
      findings: [
        ...findings,
        ...judgeCovered('one answer in ten waits', reading, [...held, ...atOnce], fact.lagMs),
        ...judgePercentiles(reading, held, atOnce),
        ...judgeControl(reading, control),
      ],
      variant: `in ${unitsOf(reading).join(', ') || 'no unit'}`,
    };
  },
});

const SHARES: Readonly<Record<string, number>> = {
  p50_response_latency: 0.5,
  p90_response_latency: 0.9,
  p99_response_latency: 0.99,
};
/** Definitions of a percentile differ by a request or two, and histograms have bins of a tenth. */
const RANKS = 2;
const BIN = 0.1;
/** What a clock that counts whole milliseconds may add, and the proxies' own time. */
const COARSE_S = 0.002;

/** A server's proxy cannot have waited less than the server held an answer back, nor longer than the client waited. */
function judgePercentiles(
  reading: Reading,
  held: readonly Exchange[],
  atOnce: readonly Exchange[],
): readonly Finding[] {
  const waited = [...held, ...atOnce].map(({ client }) => client.ms / 1_000).sort((a, b) => a - b);
  const heldBack = [...atOnce.map(() => 0), ...held.map(() => DELAY_MS / 1_000)];
  if (waited.length === 0) return [invalid('no request is on record')];
  const values = PERCENTILES.map((name) => reading.latency[name]);
  if (values.some((value) => value === undefined || Number.isNaN(value)))
    return [violation(`a latency lacks a value or a unit that is known: ${describeValues(reading)}`)];
  const told = PERCENTILES.flatMap((name): Finding[] => {
    const rank = Math.ceil((SHARES[name] ?? 0) * waited.length) - 1;
    const least = (heldBack[Math.max(0, rank - RANKS)] ?? 0) * (1 - BIN);
    const most = (waited[Math.min(waited.length - 1, rank + RANKS)] ?? 0) * (1 + BIN) + COARSE_S;
    const value = reading.latency[name] ?? 0;
    if (value >= least && value <= most) return [];
    return [violation(`${name} is ${inMs(value)}, but lies between ${inMs(least)} and ${inMs(most)}`)];
  });
  const [p50 = 0, p90 = 0, p99 = 0] = values;
  return [
    ...told,
    ...(p50 <= p90 && p90 <= p99 ? [] : [violation(`the percentiles do not ascend: ${describeValues(reading)}`)]),
  ];
}

function judgeControl(reading: Reading, control: Reading | undefined): readonly Finding[] {
  const [slowest, calm] = [reading, control].map((one) => one?.latency['p99_response_latency']);
  // What is wrong with the first is said already.
  if (calm !== undefined && slowest !== undefined && calm < slowest / 2) return [];
  return [invalid(`the control did not flip: p99 is ${inMs(calm)} without delays, ${inMs(slowest)} with them`)];
}

function unitsOf({ metrics }: Reading): readonly string[] {
  return [...new Set(metrics.metrics.flatMap(({ unit }) => unit ?? []))];
}

function describeValues({ metrics }: Reading): string {
  return metrics.metrics
    .filter(({ name }) => name.endsWith('_latency'))
    .map(({ name, unit = 'without a unit', value }) => `${name} ${value} ${unit}`)
    .join(', ');
}

const inMs = (seconds: number | undefined): string =>
  seconds === undefined ? 'unknown' : `${(seconds * 1_000).toFixed(1)} ms`;
