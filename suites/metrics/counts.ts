/** How much a pod has served: what an object has to say, whether its counts are true, and what becomes of them. */
import { visit } from '../../src/cases/define.js';
import { invalid, violation } from '../../src/judge/findings.js';
import { COUNTS, PERCENTILES, readAnswer, type Reading } from '../../src/metrics/read-answer.js';
import type { Json } from '../../src/smi/model.js';
import { answerTo, readOne } from './answers.js';
import { asked, awaitQuiet, countingPlan, load, make, metricsCase, podPath } from './metrics-case.js';
import { judgeCounts, spanOf } from './truth.js';

const some = load('e4:8080', 50);
const SERVER = podPath('p4');
/** A client that serves nothing. */
const IDLE = podPath('witness');
const phase = asked('one pod asked');

export const contents = metricsCase({
  id: 'MET-05',
  class: 'M',
  title: 'metrics are five, of a window that ends at a moment',
  phrase: 'surfaces latency percentiles and request volume',
  setup: 'a client asks a server',
  expectation: 'three percentiles and two counts, a timestamp of now in RFC 3339, and the window they cover',
  control: 'a pod that nobody asks counts nothing',
  catches: ['metrics-no-window'],
  plan: countingPlan(some),
  phases: [phase],
  run: async (ctx) => {
    await visit(ctx, phase);
    await ctx.metrics(phase.name, SERVER, { until: await make(ctx, phase.name, some) });
    await ctx.metrics(phase.name, IDLE);
  },
  judge: (_exchanges, evidence) => {
    const { reading, fact, findings } = readOne(evidence, phase.name, SERVER);
    if (reading === undefined) return { findings };
    const idle = readOne(evidence, phase.name, IDLE).reading;
    const idleCounts = idle === undefined ? 0 : idle.success + idle.failure;
    const { metrics, to, from } = reading;
    const missing = [...COUNTS, ...PERCENTILES].filter((name) => !metrics.metrics.some((one) => one.name === name));
    const age = fact.at - to;
    const slack = fact.lagMs + CLOCKS_MS;
    const isNow = age >= -slack && age <= 2 * (to - from) + slack;
    return {
      findings: [
        ...findings,
        ...missing.map((name) => violation(`there is no ${name}`)),
        ...(to > from ? [] : [violation(`the window "${metrics.window}" is no span of time`)]),
        ...(isNow || Number.isNaN(age)
          ? []
          : [violation(`the timestamp ${metrics.timestamp} is not that of the answer`)]),
        ...(idleCounts === 0 && reading.success > 0
          ? []
          : [
              invalid(
                `the control did not flip: the server counts ${reading.success} successes, a pod that nobody asks ${idleCounts} requests`,
              ),
            ]),
      ],
      variant: `window ${spanOf(reading)}`,
    };
  },
});

/** Timestamps may be cut to whole seconds. */
const CLOCKS_MS = 1_000;

const status = (to: string, code: number, n: number) =>
  load(to, n, { key: `${to} answers ${code}`, headers: [['x-meshgauge-status', String(code)]] });
const successes = status('e8:8080', 200, 80);
const failures = status('e8:8080', 503, 20);
const clean = load('e5:8080', 50);
const MIXED = podPath('p8');
const CLEAN = podPath('p5');
/** As many of each as no sum of others: the count tells which of them are successes. */
const CLASSES = [
  { code: 201, n: 1 },
  { code: 204, n: 2 },
  { code: 302, n: 4 },
  { code: 404, n: 8 },
] as const;
const BY_CLASS = podPath('p6');
const byClass = CLASSES.map(({ code, n }) => status('e6:8080', code, n));
const counted = asked('one answer in five fails');

export const counts = metricsCase({
  id: 'MET-06',
  class: 'M',
  title: 'successes and failures are counted as they were',
  phrase: 'name: failure_count',
  setup: 'a client asks a server 100 times, and one answer in five is a 503; beside it another one that never fails',
  expectation: 'success_count and failure_count are what both ends saw, within the ends of the window',
  control: 'the server without failures has a failure_count of 0',
  catches: ['metrics-double-count', 'metrics-failures-as-success'],
  plan: countingPlan(successes, failures, clean, ...byClass),
  phases: [counted],
  run: async (ctx) => {
    await visit(ctx, counted);
    await awaitQuiet(ctx, counted.name, MIXED, CLEAN, BY_CLASS);
    const isAfter = await make(ctx, counted.name, successes, failures, clean, ...byClass);
    await Promise.all([MIXED, CLEAN, BY_CLASS].map((path) => ctx.metrics(counted.name, path, { until: isAfter })));
  },
  judge: (exchanges, evidence) => {
    const mixed = readOne(evidence, counted.name, MIXED);
    const control = readOne(evidence, counted.name, CLEAN);
    const classes = readOne(evidence, counted.name, BY_CLASS).reading;
    const seen = [successes, failures].flatMap(({ key }) => exchanges.of(counted.name, key));
    const atEase = exchanges.of(counted.name, clean.key);
    const flips = control.reading === undefined || control.reading.failure === 0;
    return {
      findings: [
        ...mixed.findings,
        ...(mixed.reading === undefined
          ? []
          : judgeCounts('one answer in five fails', mixed.reading, seen, mixed.fact.lagMs)),
        ...(control.reading === undefined
          ? control.findings
          : judgeCounts('no answer fails', control.reading, atEase, control.fact.lagMs)),
        ...(flips ? [] : [invalid(`the control did not flip: failure_count is ${control.reading.failure}`)]),
      ],
      ...(classes === undefined ? {} : { variant: describeClasses(classes) }),
    };
  },
});

/** Which statuses make up the sum. */
function describeClasses({ success, failure }: Reading): string {
  const all = CLASSES.reduce((sum, { n }) => sum + n, 0);
  const codes = CLASSES.map(({ code }) => code).join(', ');
  if (success + failure !== all) return `of ${all} answers with ${codes}, ${success + failure} are counted`;
  const named = (total: number): string =>
    CLASSES.flatMap(({ code, n }) => ((total & n) === 0 ? [] : [code])).join(', ') || 'none';
  return `successes: ${named(success)}; failures: ${named(failure)}`;
}

const WINDOWS = 2;
const idle = asked('idle');
const again = asked('asked again');
const before = load('e2:8080', 20);
const IDLING = podPath('p2');

export const idleDecay = metricsCase({
  id: 'MET-12',
  class: 'A',
  title: 'metrics of a resource that is idle',
  phrase: 'It follows the pattern of metrics.k8s.io for instantaneous metrics',
  setup: `a load ends, and ${WINDOWS} windows pass`,
  expectation: 'recorded: no metrics, zeros, or the last values',
  control: 'a load before and one after show in the counts',
  variants: ['absent', 'zero', 'last value stays'],
  plan: countingPlan(before, before),
  phases: [phase],
  run: async (ctx) => {
    await visit(ctx, phase);
    const loaded = await ctx.metrics(phase.name, IDLING, { until: await make(ctx, phase.name, before) });
    const reading = firstOf(loaded.body);
    const end = reading === undefined ? loaded.at : reading.to + WINDOWS * (reading.to - reading.from);
    await ctx.metrics(idle.name, IDLING, {
      until: ({ body, at, lagMs }) => (firstOf(body)?.to ?? at) > end + lagMs,
    });
    await ctx.metrics(again.name, IDLING, { until: await make(ctx, again.name, before) });
  },
  judge: (_exchanges, evidence) => {
    const [first, last] = [phase, again].map(({ name }) => readOne(evidence, name, IDLING).reading);
    const answer = answerTo(evidence, idle.name, IDLING);
    if (answer === undefined) return { findings: [invalid('what the API said of the idle pod is not on record')] };
    const shows = [first, last].every((reading) => reading !== undefined && reading.success > 0);
    return {
      findings: shows ? [] : [invalid('the loads before and after do not show in the counts')],
      variant: describeIdle(firstOf(answer.body), first),
    };
  },
});

const firstOf = (body: Json): Reading | undefined => readAnswer(body)[0];

function describeIdle(reading: Reading | undefined, loaded: Reading | undefined): string {
  if (reading === undefined) return 'absent';
  if (reading.success + reading.failure === 0) return 'zero';
  if (reading.success === loaded?.success) return 'last value stays';
  return `other: ${reading.success} successes of ${loaded?.success} are left`;
}
