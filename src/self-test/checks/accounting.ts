/** Every request is somewhere: answered, failed by name, or not sent; and no failure has a latency. */
import {
  countOf,
  decodeHistogram,
  encodeHistogram,
  maxMs,
  mergeHistograms,
  newHistogram,
  recordMs,
} from '../../load/histogram.js';
import { totalOf } from '../../load/recording.js';
import { createSeededRandom } from '../../../fixtures/agent/seeded-random.js';
import { atMost, exactly, type Check } from '../check.js';
import { findClosedPort } from '../closed-port.js';
import type { Stand } from '../stand.js';

/** One in 50: 2 %. */
const CLOSING_EVERY = 50;
/** A failed request charged to the next answer on its connection would show far above this. */
const LONGEST_MS = 250;

export async function checkClosing(stand: Stand): Promise<Check[]> {
  const server = await stand.serve({ kind: 'closing', every: CLOSING_EVERY });
  const recording = await stand.load(server, { ratePerSecond: 200, durationMs: 5_000, connections: 10 });
  const { closed, requests } = await server.report();
  const { response, failed, due, answered, unsent } = recording;
  return [
    exactly({
      name: 'server that closes 2 %, failures counted',
      unit: 'requests',
      truth: closed,
      reading: totalOf(failed),
    }),
    exactly({
      name: 'server that closes 2 %, requests at the server',
      unit: 'requests',
      truth: requests,
      reading: recording.sent,
    }),
    exactly({
      name: 'server that closes 2 %, answers in the histogram',
      unit: 'requests',
      truth: requests - closed,
      reading: countOf(response),
    }),
    exactly({
      name: 'server that closes 2 %, due = answered + failed + unsent',
      unit: 'requests',
      truth: due,
      reading: answered + totalOf(failed) + unsent,
    }),
    atMost(
      { name: 'server that closes 2 %, slowest answer', unit: 'ms', reading: maxMs(response) ?? Infinity },
      LONGEST_MS,
    ),
  ];
}

/** A refusal comes back faster than any answer: counted as one it makes the best latency there is. */
export async function checkClosedPort(stand: Stand): Promise<Check[]> {
  const target = await findClosedPort();
  const { due, failed, response, sent } = await stand.load(target, {
    ratePerSecond: 100,
    durationMs: 1_000,
    connections: 5,
  });
  return [
    exactly({
      name: 'closed port, refused by name',
      unit: 'requests',
      truth: due,
      reading: failed['ECONNREFUSED'] ?? 0,
    }),
    exactly({ name: 'closed port, requests tried', unit: 'requests', truth: due, reading: sent }),
    exactly({ name: 'closed port, latencies', unit: 'requests', truth: 0, reading: countOf(response) }),
  ];
}

const PARTS = 8;
const VALUES_EACH = 5_000;
const QUANTILES = [0.5, 0.9, 0.95, 0.99, 0.999, 1] as const;

/** What agents recorded apart and sent encoded must be what one would have recorded; quantiles are those of the values themselves. */
export async function checkMerge(): Promise<Check[]> {
  const random = createSeededRandom(1);
  const values: number[] = [];
  const whole = newHistogram();
  const parts = Array.from({ length: PARTS }, () => {
    const part = newHistogram();
    for (let n = 0; n < VALUES_EACH; n++) {
      // A long tail, as latencies have.
      const ms = 0.05 / (1.000_01 - random());
      values.push(ms);
      for (const histogram of [part, whole]) recordMs(histogram, ms);
    }
    return decodeHistogram(encodeHistogram(part));
  });
  const merged = mergeHistograms(parts);
  const differing = QUANTILES.filter(
    (q) => merged.getValueAtPercentile(q * 100) !== whole.getValueAtPercentile(q * 100),
  );
  // Histograms hold whole microseconds.
  const sorted = values.map((ms) => Math.max(1, Math.round(ms * 1_000))).sort((a, b) => a - b);
  const worst = QUANTILES.map((q) => {
    const exact = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? NaN;
    return Math.abs(merged.getValueAtPercentile(q * 100) / exact - 1) * 100;
  });
  return [
    exactly({
      name: `${PARTS} histograms merged, values`,
      unit: 'requests',
      truth: values.length,
      reading: countOf(merged),
    }),
    exactly({
      name: `${PARTS} histograms merged, quantiles that differ from one recording`,
      unit: 'requests',
      truth: 0,
      reading: differing.length,
    }),
    {
      ...atMost({ name: 'quantiles against the sorted values, worst', unit: '%', reading: Math.max(...worst) }, 0.1),
      depends: 'nothing',
    },
  ];
}
