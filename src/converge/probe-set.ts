/** The probe streams of one series, one for each proxy, read while they run. */
import type { ProbeRecord, RequestSpec } from '../../fixtures/agent/protocol.js';
import { now } from '../run/clock.js';
import type { AgentClient, OpenStream } from '../traffic/agent-client.js';
import { clockOffset, type ClockReading } from './clock-offset.js';
import { PACE } from './pace.js';

/** One stream of probes that looks at one proxy. */
export interface StreamSpec {
  /** The pod whose proxy decides. */
  readonly proxy: string;
  readonly agent: AgentClient;
  readonly request: RequestSpec;
  /** reuse: a few connections that take turns; new: one for each probe, where a proxy may decide per connection. */
  readonly connections: 'new' | 'reuse';
}

interface RunningStream {
  readonly spec: StreamSpec;
  readonly open: OpenStream;
  next: number;
  records: ProbeRecord[];
  clock: ClockReading | undefined;
}

/** Connections of a stream that are reused in turn, and probes of one that may wait for their answers at once. */
const SPREAD = 4;
const UNDER_WAY = { reuse: 4, new: 16 } as const;
/** Twelve hours: streams end with their series, or with the agent. */
const MAX_DURATION_MS = 12 * 3_600_000;

export class ProbeSet implements AsyncDisposable {
  readonly #streams: RunningStream[];
  #gapMs: number;

  private constructor(streams: RunningStream[], gapMs: number) {
    this.#streams = streams;
    this.#gapMs = gapMs;
  }

  /** Streams are staggered over the gap, whatever it is. */
  static async open(specs: readonly StreamSpec[], name: string): Promise<ProbeSet> {
    const gapMs = PACE.coarseGapMs;
    const set = new ProbeSet([], gapMs);
    for (const [index, spec] of specs.entries()) {
      const open = await spec.agent.openStream({
        idPrefix: `${name}/${spec.proxy}/`,
        cell: name,
        spec: spec.request,
        gapMs,
        maxDurationMs: MAX_DURATION_MS,
        maxUnderWay: UNDER_WAY[spec.connections],
        connections: spec.connections,
        phase: index / specs.length,
        ...(spec.connections === 'reuse' ? { spread: SPREAD } : {}),
      });
      set.#streams.push({ spec, open, next: 0, records: [], clock: undefined });
    }
    return set;
  }

  get proxies(): readonly string[] {
    return this.#streams.map(({ spec }) => spec.proxy);
  }

  get gapMs(): number {
    return this.#gapMs;
  }

  async retime(gapMs: number): Promise<void> {
    if (gapMs === this.#gapMs) return;
    this.#gapMs = gapMs;
    await Promise.all(this.#streams.map(({ open }) => open.retime(gapMs)));
  }

  /** Fetches what came since the last poll, by stream. */
  async poll(): Promise<readonly (readonly ProbeRecord[])[]> {
    return Promise.all(
      this.#streams.map(async (stream) => {
        const sentAt = now();
        const { next, at, records } = await stream.open.read(stream.next);
        const reading = { sentAt, at, answeredAt: now() };
        if (stream.clock === undefined || roundTrip(reading) < roundTrip(stream.clock)) stream.clock = reading;
        stream.next = next;
        stream.records.push(...records);
        return records;
      }),
    );
  }

  /** What each stream has seen and was not forgotten, in the order of sending, on the clock of this process. */
  records(): readonly (readonly ProbeRecord[])[] {
    return this.#streams.map(({ records, clock }) => {
      const offset = clockOffset(clock);
      return records
        .map((record) => (offset === 0 ? record : { ...record, t: record.t - offset }))
        .sort((a, b) => sequenceOf(a) - sequenceOf(b));
    });
  }

  /** Lets go of what was sent before `t`. */
  forget(t: number): void {
    for (const stream of this.#streams) {
      const offset = clockOffset(stream.clock);
      stream.records = stream.records.filter((record) => record.t - offset >= t);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#streams.map(({ open }) => open.stop()));
  }
}

const roundTrip = ({ sentAt, answeredAt }: ClockReading): number => answeredAt - sentAt;

/** Ids end in the number of the probe in its stream. */
const sequenceOf = ({ id }: ProbeRecord): number => Number(id.slice(id.lastIndexOf('/') + 1));
