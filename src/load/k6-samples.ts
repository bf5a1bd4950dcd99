/** k6's samples, line by line (`--out json`), turned into the same model as load that was measured by an agent. */
import type { MeasuredWindow } from '../../fixtures/agent/protocol.js';
import type { ANSWERED_BY, ITERATION } from '../../fixtures/k6/script-job.js';
import { encodeHistogram, newHistogram, recordMs } from './histogram.js';

/** The names of the scripts, which are no module of ours at run time: k6 reads them itself. */
const METADATA: typeof ITERATION = 'iteration';
const ANSWERS: typeof ANSWERED_BY = 'meshgauge_answered_by';

const GRPC = { ok: '0', deadlineExceeded: '4', unavailable: '14' } as const;

/** k6's own codes for requests that were never answered. @see k6 lib/netext/httpext/error_codes.go */
const FAILURES: Readonly<Record<string, string>> = {
  '1050': 'ETIMEDOUT',
  '1211': 'ETIMEDOUT',
  '1212': 'ECONNREFUSED',
  '1201': 'EPIPE',
  '1220': 'ECONNRESET',
};

interface Point {
  readonly metric: string;
  readonly data: {
    readonly time: string;
    readonly value: number;
    readonly tags?: Readonly<Record<string, string>>;
    readonly metadata?: Readonly<Record<string, string>>;
  };
}

/** What is known of one iteration; instants are epoch milliseconds with a fraction. */
interface Iteration {
  startedAt?: number;
  answeredAt?: number;
  serviceMs?: number;
  status?: string;
  failure?: string;
}

export class K6Samples {
  readonly #protocol: 'http' | 'grpc';
  readonly #iterations = new Map<number, Iteration>();
  readonly #servers: Record<string, number> = {};
  readonly #failedChecks: Record<string, number> = {};
  #dropped = 0;

  constructor(protocol: 'http' | 'grpc') {
    this.#protocol = protocol;
  }

  /** One line of output. Samples of other metrics, and what describes metrics, say nothing we need. */
  read(line: string): void {
    const reader = this.#readers[/^\{"metric":"([^"]+)"/.exec(line)?.[1] ?? ''];
    if (reader !== undefined) reader(JSON.parse(line) as Point);
  }

  /** Iterations that were started and came to an end. */
  get iterations(): number {
    return this.#iterations.size;
  }

  /** Iterations that k6 did not start because no virtual user was free. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Checks of the script that failed, with how often. */
  get failedChecks(): Readonly<Record<string, number>> {
    return this.#failedChecks;
  }

  /**
   * k6 times a request from its start. When it was due is told from its place in the schedule: iteration i is due i steps after
   * the first, and the one that was least late was on time. A dropped iteration takes no place: then nothing tells when the
   * others were due, and there is no response time, only k6's own (`service`).
   */
  toWindow(options: { name: string; ratePerSecond: number; durationMs: number }): MeasuredWindow {
    const { name, ratePerSecond, durationMs } = options;
    const stepMs = 1_000 / ratePerSecond;
    const started = [...this.#iterations].flatMap(([index, iteration]) =>
      iteration.startedAt === undefined ? [] : [{ index, ...iteration, startedAt: iteration.startedAt }],
    );
    const origin = started.reduce(
      (least, { index, startedAt }) => Math.min(least, startedAt - index * stepMs),
      Infinity,
    );
    const histograms = { response: newHistogram(), service: newHistogram(), sendLag: newHistogram() };
    const statuses: Record<string, number> = {};
    const failed: Record<string, number> = {};
    let answered = 0;
    for (const { index, startedAt, answeredAt, serviceMs, status, failure } of started) {
      const dueAt = origin + index * stepMs;
      if (this.#dropped === 0) recordMs(histograms.sendLag, startedAt - dueAt);
      if (status === undefined || answeredAt === undefined || serviceMs === undefined) {
        // The script threw before it had an answer: a channel that could not be opened.
        count(failed, failure ?? 'EK6SCRIPT');
        continue;
      }
      answered++;
      count(statuses, status);
      if (!this.#isSuccess(status)) continue;
      if (this.#dropped === 0) recordMs(histograms.response, answeredAt - dueAt);
      recordMs(histograms.service, serviceMs);
    }
    const sent = started.length;
    return {
      ...{ name, offsetMs: 0, durationMs },
      startedAt: sent === 0 ? 0 : origin,
      endedAt: started.reduce((last, { index }) => Math.max(last, origin + index * stepMs), 0),
      response: encodeHistogram(histograms.response),
      service: encodeHistogram(histograms.service),
      sendLag: encodeHistogram(histograms.sendLag),
      ...{ due: sent + this.#dropped, sent, answered, statuses, failed },
      unsent: this.#dropped,
      servers: { ...this.#servers },
    };
  }

  #isSuccess(status: string): boolean {
    return this.#protocol === 'grpc' ? status === GRPC.ok : /^2\d\d$/.test(status);
  }

  readonly #readers: Readonly<Record<string, (point: Point) => void>> = {
    http_req_duration: ({ data }) => {
      const { status = '0', error_code: code = '' } = data.tags ?? {};
      this.#answer(data, status, status === '0' ? (FAILURES[code] ?? `EK6_${code}`) : undefined);
    },
    grpc_req_duration: ({ data }) => {
      const status = data.tags?.['status'] ?? '';
      const isLost = status === GRPC.unavailable || status === GRPC.deadlineExceeded;
      this.#answer(data, status, isLost ? `GRPC_${status}` : undefined);
    },
    iteration_duration: ({ data }) => {
      const iteration = this.#iterationOf(data);
      if (iteration !== undefined) iteration.startedAt = epochMs(data.time) - data.value;
    },
    dropped_iterations: ({ data }) => {
      this.#dropped += data.value;
    },
    checks: ({ data }) => {
      if (data.value === 0) count(this.#failedChecks, data.tags?.['check'] ?? 'unnamed');
    },
    [ANSWERS]: ({ data }) => count(this.#servers, data.tags?.['pod'] ?? 'unnamed'),
  };

  #answer(data: Point['data'], status: string, failure: string | undefined): void {
    const iteration = this.#iterationOf(data);
    if (iteration === undefined) return;
    if (failure === undefined)
      Object.assign(iteration, { answeredAt: epochMs(data.time), serviceMs: data.value, status });
    else iteration.failure = failure;
  }

  #iterationOf({ metadata }: Point['data']): Iteration | undefined {
    const index = Number(metadata?.[METADATA] ?? NaN);
    if (!Number.isInteger(index)) return undefined;
    const known = this.#iterations.get(index);
    if (known !== undefined) return known;
    const made: Iteration = {};
    this.#iterations.set(index, made);
    return made;
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

/** Go writes up to nine decimals and whatever zone it lives in; `Date` would keep three. */
export function epochMs(time: string): number {
  const [, seconds, fraction = '', zone] = /^(.{19})(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  return Date.parse(`${seconds}${zone}`) + Number(`0${fraction}`) * 1_000;
}
