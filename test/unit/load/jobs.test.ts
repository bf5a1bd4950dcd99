import assert from 'node:assert/strict';
import fc from 'fast-check';
import { listArrivals } from '../../../fixtures/agent/measure-schedule.js';
import type { MeasuredWindow, MeasureJob, MeasureResult } from '../../../fixtures/agent/protocol.js';
import { HarnessError } from '../../../src/errors/harness-error.js';
import { encodeHistogram, newHistogram, recordMs } from '../../../src/load/histogram.js';
import { loadJobObjects } from '../../../src/load/jobs-manifest.js';
import { asOne } from '../../../src/bench/fleets.js';
import { mergeResults, shareJob } from '../../../src/load/jobs-share.js';
import { readRecording, type Recording } from '../../../src/load/recording.js';

const QUANTILES = [0, 10, 50, 75, 90, 95, 99, 99.9, 100];
const SPEC = { protocol: 'http', host: 'srv', port: 8080, path: '/', timeoutMs: 1_000 } as const;
const LOOP = { kind: 'open', ratePerSecond: 1, arrivals: 'uniform', seed: 1 } as const;
const WINDOW = { name: 'w', offsetMs: 0, durationMs: 1_000 };

function histogramOf(values: readonly number[]) {
  const histogram = newHistogram();
  for (const value of values) recordMs(histogram, value);
  return histogram;
}

/** What an agent would answer that saw these latencies. */
function resultOf(latencies: readonly number[], failures: number, pod: string): MeasureResult {
  const encoded = encodeHistogram(histogramOf(latencies));
  const window: MeasuredWindow = {
    ...WINDOW,
    startedAt: 0,
    endedAt: 1,
    response: encoded,
    service: encoded,
    sendLag: encoded,
    due: latencies.length + failures,
    sent: latencies.length + failures,
    answered: latencies.length,
    statuses: { 200: latencies.length },
    failed: failures === 0 ? {} : { ECONNRESET: failures },
    unsent: 0,
    servers: { [pod]: latencies.length },
  };
  return { windows: [window], startedAt: 0, usage: { cpuUs: 1, residentBytes: 1, at: 1 } };
}

const quantilesOf = ({ response }: Pick<Recording, 'response'>): readonly number[] =>
  QUANTILES.map((percentile) => response.getValueAtPercentile(percentile));

const latency = fc.oneof(
  fc.double({ min: 0.001, max: 60_000, noNaN: true }),
  fc.double({ min: 0.05, max: 5, noNaN: true }),
);

describe('load on Jobs: merging', () => {
  it('gives the counts and the percentiles of one recording of all requests', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.array(latency, { maxLength: 200 }), fc.nat(5)), { minLength: 1, maxLength: 6 }),
        (agents) => {
          const [merged] = mergeResults(
            agents.map(([values, failures], index) => resultOf(values, failures, `s${index % 2}`)),
          );
          assert.ok(merged);
          const all = agents.flatMap(([values]) => values);
          const failures = agents.reduce((sum, [, count]) => sum + count, 0);
          const { recording } = merged;
          assert.deepEqual(quantilesOf(recording), quantilesOf({ response: histogramOf(all) }));
          assert.equal(recording.response.totalCount, all.length);
          assert.equal(recording.due, all.length + failures);
          assert.equal(recording.answered, all.length);
          assert.equal(recording.failed['ECONNRESET'] ?? 0, failures);
          assert.equal(
            Object.values(recording.servers).reduce((sum, count) => sum + count, 0),
            all.length,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses answers that are about other windows', () => {
    const [first, second] = [resultOf([1], 0, 's'), resultOf([2], 0, 's')];
    const other = { ...second, windows: second.windows.map((window) => ({ ...window, durationMs: 7 })) };
    assert.throws(
      () => mergeResults([first, other]),
      (error) => error instanceof HarnessError && error.code === 'E_LOAD_JOBS',
    );
    assert.throws(() => mergeResults([first, { ...second, windows: [] }]), HarnessError);
  });
});

describe('load on Jobs: sharing', () => {
  const job = (over: Partial<MeasureJob>): MeasureJob => ({
    idPrefix: 'x-',
    spec: { protocol: 'http', host: 'h', port: 1, timeoutMs: 1 },
    connections: 10,
    loop: { kind: 'open', ratePerSecond: 100, arrivals: 'uniform', seed: 7 },
    windows: [WINDOW],
    ...over,
  });
  const dueOf = ({ loop, windows }: MeasureJob): readonly number[] => {
    assert.equal(loop.kind, 'open');
    return [...listArrivals(loop, windows)].map(({ dueMs }) => dueMs);
  };

  it('uniform: together the agents send when one would, whatever its phase', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 500 }),
        fc.constantFrom(0, 0.25, 0.5),
        (agents, ratePerSecond, phase) => {
          const whole = job({ loop: { kind: 'open', ratePerSecond, arrivals: 'uniform', seed: 1, phase } });
          const shares = Array.from({ length: agents }, (_, index) => dueOf(shareJob(whole, index, agents)));
          const together = shares.flat().sort((a, b) => a - b);
          const alone = dueOf(whole);
          assert.equal(together.length, alone.length);
          assert.ok(together.every((due, index) => Math.abs(due - (alone[index] ?? Number.NaN)) < 1e-6));
        },
      ),
    );
  });

  it('Poisson: every agent has arrivals of its own, at its share of the rate', () => {
    const whole = job({ loop: { kind: 'open', ratePerSecond: 4_000, arrivals: 'poisson', seed: 1 } });
    const shares = [0, 1, 2, 3].map((index) => dueOf(shareJob(whole, index, 4)));
    for (const share of shares) assert.ok(Math.abs(share.length - 1_000) < 5 * Math.sqrt(1_000), `${share.length}`);
    assert.equal(new Set(shares.map(([first]) => first)).size, 4);
  });

  it('divides connections without loss, and keeps ids apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 9, max: 100 }), (agents, connections) => {
        const whole = job({ connections, loop: { kind: 'closed' } });
        const shares = Array.from({ length: agents }, (_, index) => shareJob(whole, index, agents));
        assert.equal(
          shares.reduce((sum, share) => sum + share.connections, 0),
          connections,
        );
        assert.ok(shares.every((share) => share.connections >= Math.floor(connections / agents)));
        assert.equal(new Set(shares.map(({ idPrefix }) => idPrefix)).size, agents);
      }),
    );
  });
});

describe('load on Jobs: objects', () => {
  it('are an indexed Job whose pods all run at once, once, and not for ever', () => {
    const [secret, load] = loadJobObjects({
      name: 'load',
      namespace: 'ns',
      agents: 4,
      image: 'agent:1',
      token: 'secret-token',
      lifetimeMs: 90_500,
      labels: { run: 'r' },
      podLabels: { take: 'in' },
    });
    assert.ok(secret && load);
    const spec = load['spec'] as unknown as {
      readonly completionMode: string;
      readonly completions: number;
      readonly parallelism: number;
      readonly backoffLimit: number;
      readonly activeDeadlineSeconds: number;
      readonly template: {
        readonly metadata: { readonly labels: object };
        readonly spec: { readonly volumes: readonly object[] };
      };
    };
    const { completionMode, completions, parallelism, backoffLimit, activeDeadlineSeconds, template } = spec;
    assert.deepEqual([completionMode, completions, parallelism, backoffLimit], ['Indexed', 4, 4, 0]);
    assert.equal(activeDeadlineSeconds, 91);
    assert.deepEqual(template.metadata.labels, { run: 'r', take: 'in' });
    assert.deepEqual(template.spec.volumes[0], { name: 'config', secret: { secretName: 'load' } });
    assert.doesNotMatch(JSON.stringify(load), /secret-token/);
    const { 'agent.json': text = '' } = secret['stringData'] as Readonly<Record<string, string>>;
    assert.deepEqual(JSON.parse(text), {
      pod: 'load',
      namespace: 'ns',
      serviceAccount: 'default',
      token: 'secret-token',
      control: { kind: 'tcp', host: '127.0.0.1', port: 15_999 },
      ports: [],
    });
  });
});

describe('load on Jobs: as one agent', () => {
  it('answers what one agent would have that had sent it all', () => {
    const results = [resultOf([1, 2, 3], 1, 'a'), resultOf([10, 20], 0, 'b')].map((result, index) => ({
      ...result,
      startedAt: 1_000 + index,
      windows: result.windows.map((window) => ({ ...window, startedAt: 2_000 + index, endedAt: 3_000 + index })),
    }));
    const perAgent = results.map((result, index) => ({
      pod: `p${index}`,
      job: { idPrefix: '', spec: SPEC, connections: 1, loop: LOOP, windows: [WINDOW] },
      result,
      // The second one's clock is half a second ahead.
      clockAheadMs: index * 500,
    }));
    const one = asOne({ perAgent, merged: mergeResults(results), startSpreadMs: 0 });
    assert.deepEqual([one.startedAt, one.windows[0]?.startedAt, one.windows[0]?.endedAt], [501, 1_501, 3_000]);
    assert.deepEqual(one.usage, { cpuUs: 2, residentBytes: 2, at: 1 });
    const [window] = one.windows;
    assert.ok(window);
    const recording = readRecording(window);
    assert.deepEqual([recording.due, recording.failed, recording.servers], [6, { ECONNRESET: 1 }, { a: 3, b: 2 }]);
    assert.deepEqual(quantilesOf(recording), quantilesOf({ response: histogramOf([1, 2, 3, 10, 20]) }));
  });
});
