/** When a change takes effect, as seen from outside, against one who knows. */
import type { ClientRecord, RequestSpec } from '../../../fixtures/agent/protocol.js';
import { readFlip, type FlipOutcome, type InvalidFlip } from '../../converge/flip-outcome.js';
import { STABLE_RUN, type FlipTimeline, type Look } from '../../converge/timeline.js';
import { createSeededRandom } from '../../../fixtures/agent/seeded-random.js';
import { now } from '../../run/clock.js';
import { pause } from '../../run/pause.js';
import { quantile } from '../../statistics/order.js';
import { midpoint } from '../../statistics/survival.js';
import { atLeast, atMost, type Check } from '../check.js';
import { findClosedPort } from '../closed-port.js';
import { envoySidecar, flip, STATUSES, type Status } from '../envoy-flip.js';
import type { Stand } from '../stand.js';

const FLIPS = 20;
/** The streams of the second round; their gap is as many milliseconds, so that the load is that of the first. */
const STREAMS = 16;
/** After each flip, so that every stream has seen enough of the new state to call it stable; plus up to half as much at random. */
const settleMs = (gapMs: number): number => 2 * STABLE_RUN * gapMs + 100;
const SEED = 3;

interface Flip {
  readonly status: Status;
  /** By the gauge of Envoy: some instant of the millisecond that begins here. */
  readonly at: number;
}

/** One stream at 1 ms, then 16 at 16 ms: what all of them have seen must not cost more than their own gap. */
export async function checkConvergence(stand: Stand, envoyPath: string): Promise<Check[]> {
  const listen = await findClosedPort();
  const pod = await stand.pod('prober', (own) => [envoySidecar(envoyPath, own, listen)]);
  const spec = stand.specOf(listen);
  const random = createSeededRandom(SEED);
  let version = 0;
  const follow = async (streams: number): Promise<readonly (FlipOutcome | InvalidFlip)[]> => {
    const gapMs = streams;
    const open = await Promise.all(
      Array.from({ length: streams }, (_, index) => openStream(pod.agent, spec, gapMs, `${streams}/${index}/`)),
    );
    const flips: Flip[] = [];
    for (let n = 0; n < FLIPS; n++) {
      await pause(settleMs(gapMs) * (1 + random() / 2), stand.signal);
      version += 1;
      const status = STATUSES[version % 2] ?? STATUSES[0];
      flips.push({ status, at: await flip(pod.pod, status, version, stand.signal) });
    }
    await pause(settleMs(gapMs), stand.signal);
    const records = await Promise.all(open.map((stream) => stream.stop()));
    return flips.map((one, index) => readFlip(timelineOf(one, flips[index - 1], flips[index + 1], records, gapMs)));
  };
  const one = await follow(1);
  const many = await follow(STREAMS);
  const first = one.flatMap((reading) => ('any' in reading ? [Math.abs(midpoint(reading.any))] : []));
  const last = many.flatMap((reading) => ('all' in reading ? [Math.abs(midpoint(reading.all))] : []));
  const unread = [...one, ...many].filter((reading) => 'invalid' in reading).length;
  const what = 'Envoy takes over routes,';
  return [
    atMost({ name: `${what} flips that could not be read`, unit: 'requests', reading: unread }, 0),
    atMost({ name: `${what} one stream at 1 ms, error p50`, unit: 'ms', reading: quantileOf(first, 0.5) }, 2),
    atMost({ name: `${what} one stream at 1 ms, error p90`, unit: 'ms', reading: quantileOf(first, 0.9) }, 1 + 3),
    atMost(
      {
        name: `${what} last of ${STREAMS} streams at ${STREAMS} ms, error p90`,
        unit: 'ms',
        reading: quantileOf(last, 0.9),
      },
      STREAMS + 3,
    ),
  ];
}

/** Probes between the flip before and the one after. The true instant stands for the API's acceptance: what is read is the error. */
function timelineOf(
  { status, at }: Flip,
  before: Flip | undefined,
  after: Flip | undefined,
  records: readonly (readonly ClientRecord[])[],
  gapMs: number,
): FlipTimeline {
  // The gauge drops the fraction of its millisecond: the middle of it is the better guess.
  const acceptedAt = at + 0.5;
  const from = before === undefined ? -Infinity : (before.at + at) / 2;
  const endedAt = after === undefined ? Infinity : (after.at + at) / 2;
  return {
    // Envoy says when it was done, not when it began: nothing before this much earlier can be an effect.
    requestedAt: acceptedAt - BEGUN_BEFORE_MS,
    acceptedAt,
    endedAt,
    proxies: records.map((stream, index) => ({
      proxy: String(index),
      probes: stream
        .filter(({ t }) => t > from && t < endedAt)
        .sort((a, b) => a.t - b.t)
        .map((record) => ({ t: record.t, ms: record.ms, gapMs, look: lookOf(record, status) })),
    })),
  };
}

const quantileOf = (values: readonly number[], q: number): number => (values.length === 0 ? NaN : quantile(values, q));

const BEGUN_BEFORE_MS = 50;

function lookOf(record: ClientRecord, status: Status): Look {
  if (record.status === status) return 'new';
  return record.ok ? 'old' : 'error';
}

/** On a machine that cannot keep up probes must not pile up: they would only make it slower. */
const MOST_UNDER_WAY = 4;

function openStream(
  agent: Awaited<ReturnType<Stand['pod']>>['agent'],
  spec: RequestSpec,
  gapMs: number,
  idPrefix: string,
) {
  return agent.openStream({
    idPrefix,
    cell: 'probe',
    spec,
    gapMs,
    maxDurationMs: 120_000,
    connections: 'reuse',
    maxUnderWay: MOST_UNDER_WAY,
  });
}

const GLITCH = { kind: 'glitch', everyMs: 400, forMs: 10 } as const;
const GLITCHES_FOR_MS = 10_000;
const GLITCH_GAP_MS = 5;

/** A gap of half the width has a probe in every glitch. */
export async function checkGlitches(stand: Stand): Promise<Check[]> {
  const server = await stand.serve(GLITCH);
  const { agent } = await stand.pod();
  const begun = now();
  const stream = await openStream(agent, stand.specOf(server), GLITCH_GAP_MS, 'glitch/');
  await pause(GLITCHES_FOR_MS, stand.signal);
  const records = await stream.stop();
  const lastSent = records.reduce((last, { t }) => Math.max(last, t), begun);
  const glitches = (await server.report()).glitches.filter(
    ([from, to]) => from > begun + GLITCH.everyMs && to < lastSent,
  );
  const bad = records.filter(({ status }) => status === 503);
  const found = glitches.filter(([from, to]) => bad.some(({ t, ms }) => t < to && t + ms > from));
  return [
    atLeast(
      {
        name: `glitches of ${GLITCH.forMs} ms found by probes ${GLITCH_GAP_MS} ms apart`,
        unit: 'share',
        truth: 1,
        reading: found.length / glitches.length,
      },
      0.95,
    ),
  ];
}
