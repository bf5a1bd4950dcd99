/** The search for the highest rate of an arm that keeps a promise, one look after the other. */
import { quantileMs, supportsQuantile } from '../load/histogram.js';
import { readRecording } from '../load/recording.js';
import { now } from '../run/clock.js';
import type { Arm } from './arms.js';
import { findCauses, type Cause } from './gates.js';
import type { Ground } from './ground.js';
import { findOwnProcesses } from './processes.js';
import type { SloResult } from './records.js';
import { LEAD_MS, type LoadOptions } from './repetition.js';
import { searchRate, type Probe, type Slo } from './slo.js';
import { UsageRecorder } from './usage.js';

const LOOK_MS = 2_000;
const LOWEST = 50;
/** What is not answered in so many times the limit has broken the promise: waiting longer only makes the search longer. */
const TIMEOUT_LIMITS = 10;
const LEAST_TIMEOUT_MS = 1_000;
/** Where the ladder did not say. */
const HIGHEST = 10_000;
/** What the machine did, not the mesh. */
const isForeign = (cause: Cause): boolean => cause === 'foreign-cpu' || cause.startsWith('steal');

export async function searchSlo(
  ground: Ground,
  arm: Arm,
  slo: Slo,
  options: Omit<LoadOptions, 'perSecond'> & { readonly most?: number },
): Promise<SloResult> {
  const found = await searchRate({
    low: LOWEST,
    high: options.most ?? HIGHEST,
    probe: (perSecond) => look(ground, arm, slo, { ...options, perSecond }),
  });
  const promise = `${slo.quantile} within ${slo.limitMs} ms`;
  if (found.kind === 'found')
    return { arm: arm.name, perSecond: found.perSecond, reason: `${promise}, met again three times` };
  if (found.kind === 'none') return { arm: arm.name, reason: `${promise} is not even met at ${found.lowest} a second` };
  return { arm: arm.name, reason: `the machine was disturbed each time ${found.perSecond} a second were tried` };
}

async function look(ground: Ground, arm: Arm, slo: Slo, load: LoadOptions): Promise<Probe> {
  const usage = new UsageRecorder(findOwnProcesses(ground.pods));
  const startAt = now() + LEAD_MS;
  // Enough requests that the quantile stands on something.
  const durationMs = Math.max(LOOK_MS, Math.ceil((12 / (1 - slo.q) / load.perSecond) * 1000));
  usage.sampleAt([startAt, startAt + durationMs]);
  try {
    const { perSecond, connections, arrivals, seed } = load;
    const result = await ground.measure(
      arm,
      {
        connections,
        loop: { kind: 'open', ratePerSecond: perSecond, arrivals, seed },
        startAt,
        timeoutMs: Math.max(LEAST_TIMEOUT_MS, TIMEOUT_LIMITS * slo.limitMs),
        windows: [{ name: 'look', offsetMs: 0, durationMs }],
      },
      'slo/',
    );
    usage.sample();
    const [recording] = result.windows.map(readRecording);
    if (recording === undefined) return 'unknown';
    const causes = findCauses(recording, usage.between(startAt, startAt + durationMs));
    if (causes.some(isForeign)) return 'unknown';
    // A generator that is late because the arm does not answer is the arm's doing: latency counts from when a request was due.
    if (causes.includes('errors') || causes.includes('not-offered')) return 'missed';
    if (!supportsQuantile(recording.response.totalCount, slo.q)) return 'unknown';
    return (quantileMs(recording.response, slo.q) ?? Infinity) <= slo.limitMs ? 'met' : 'missed';
  } finally {
    usage.stop();
  }
}
