/** Latencies of servers whose distribution is known. */
import { countOf, quantileMs } from '../../load/histogram.js';
import { atLeast, atMost, near, nearShare, type Check } from '../check.js';
import type { Stand } from '../stand.js';
import { distanceToUniform, stallQuantileMs } from '../truths.js';

const RATE = 1_000;
/** Whole periods, so that the phase of the first freeze does not matter. */
const STALL = { kind: 'stall', everyMs: 2_000, forMs: 200 } as const;
const STALL_FOR_MS = 5 * STALL.everyMs;
/** The bound on p95 and p99 allows for the requests that pile up during a freeze and are answered one by one after it. */
const STALL_GOALS = [
  [0.95, 0.15],
  [0.99, 0.1],
] as const;

/** Who waits for an answer before sending the next request meets 1 freeze in 10 requests only, and never sees the rest of it. */
export async function checkStall(stand: Stand): Promise<Check[]> {
  const recording = await stand.load(await stand.serve(STALL), { ratePerSecond: RATE, durationMs: STALL_FOR_MS });
  const quantiles = STALL_GOALS.map(([q, limit]) =>
    nearShare(
      {
        name: `stalling server, p${q * 100}`,
        unit: 'ms',
        truth: stallQuantileMs(STALL, q),
        reading: quantileMs(recording.response, q) ?? NaN,
      },
      limit,
    ),
  );
  const offered = (RATE * STALL_FOR_MS) / 1_000;
  return [
    ...quantiles,
    atLeast(
      {
        name: 'stalling server, answered of what was to be sent',
        unit: 'share',
        truth: 1,
        reading: countOf(recording.response) / offered,
      },
      0.999,
    ),
  ];
}

const DELAY_MS = 20;

/** A correction that invents samples shows here: half of the latency is then the usual reading. */
export async function checkDelay(stand: Stand): Promise<Check[]> {
  const server = await stand.serve({ kind: 'delay', ms: DELAY_MS });
  const recording = await stand.load(server, { ratePerSecond: 100, durationMs: 5_000, connections: 10 });
  const reading = quantileMs(recording.response, 0.5) ?? NaN;
  return [near({ name: `server that takes ${DELAY_MS} ms, p50`, unit: 'ms', truth: DELAY_MS, reading }, 2)];
}

const PACED_FOR_MS = 5_000;

/** What the generator itself costs, and how late it is. */
export async function checkPacing(stand: Stand): Promise<Check[]> {
  const server = await stand.serve({ kind: 'arrivals' });
  const { agent } = await stand.pod();
  const before = await agent.usage();
  const recording = await stand.load(server, { ratePerSecond: RATE, durationMs: PACED_FOR_MS, connections: 16 });
  const after = await agent.usage();
  const { arrivals } = await server.report();
  const lagUs = (q: number): number => (quantileMs(recording.sendLag, q) ?? NaN) * 1_000;
  return [
    atMost(
      { name: 'arrivals at the server, distance to uniform', unit: 'distance', reading: distanceToUniform(arrivals) },
      0.05,
    ),
    atMost({ name: 'send lag of the generator, p50', unit: 'µs', reading: lagUs(0.5) }, 50),
    atMost({ name: 'send lag of the generator, p99', unit: 'µs', reading: lagUs(0.99) }, 300),
    atMost(
      {
        name: `processor time for ${RATE} requests a second, of one core`,
        unit: '%',
        reading: (after.cpuUs - before.cpuUs) / 10 / (after.at - before.at),
      },
      40,
    ),
  ];
}
