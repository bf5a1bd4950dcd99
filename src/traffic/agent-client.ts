/** The harness's end of the agent's control protocol. */
import { Agent, request as sendRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import type {
  BatchJob,
  ClientRecord,
  Health,
  ListenAddress,
  LoadJob,
  LoadResult,
  MeasureJob,
  MeasureResult,
  ServerRecord,
  SessionJob,
  StreamJob,
  StreamPage,
  Usage,
} from '../../fixtures/agent/protocol.js';
import { HarnessError } from '../errors/harness-error.js';
import { TunnelAgent } from './tunnel-agent.js';

export interface AgentClientOptions {
  readonly control: ListenAddress;
  /** Makes the connections to `control` where this process cannot: in a cluster they go through its API. */
  readonly connect?: () => Promise<Duplex>;
  readonly token: string;
  /** Named in errors. */
  readonly pod: string;
}

/** A running probe stream. */
export interface OpenStream {
  /** What it saw after the first `after` records, which the agent lets go; the stream runs on. */
  read(after: number): Promise<StreamPage>;
  /** Another gap between probes from now on, in milliseconds. */
  retime(gapMs: number): Promise<void>;
  /** Waits for the probes under way and returns all records of the stream. */
  stop(): Promise<ClientRecord[]>;
}

/** A connection of the agent that stays open. */
export interface OpenSession {
  /** The exchange that opened it. */
  readonly first: ClientRecord;
  /** One exchange on that very connection; fails once the connection is gone. */
  exchange(cell: string): Promise<ClientRecord>;
  close(): Promise<void>;
}

/** Talks to the agent of one pod over one control address. Calls may run side by side. */
export class AgentClient {
  readonly #options: AgentClientOptions;
  readonly #connections: Agent;
  #cursor = 0;
  #draining: Promise<unknown> = Promise.resolve();

  constructor(options: AgentClientOptions) {
    this.#options = options;
    this.#connections =
      options.connect === undefined ? new Agent({ keepAlive: true }) : new TunnelAgent(options.connect);
  }

  async health(signal?: AbortSignal): Promise<Health> {
    return (await this.#ask('/v1/health', signal)) as Health;
  }

  async batch(job: BatchJob, signal?: AbortSignal): Promise<ClientRecord[]> {
    return ((await this.#call('POST', '/v1/batch', job, signal)) as { records: ClientRecord[] }).records;
  }

  async load(job: LoadJob, signal?: AbortSignal): Promise<LoadResult> {
    return (await this.#call('POST', '/v1/load', job, signal)) as LoadResult;
  }

  /** Aborting ends the load. */
  async measure(job: MeasureJob, signal?: AbortSignal): Promise<MeasureResult> {
    return (await this.#call('POST', '/v1/measure', job, signal)) as MeasureResult;
  }

  async usage(signal?: AbortSignal): Promise<Usage> {
    return (await this.#ask('/v1/usage', signal)) as Usage;
  }

  async openStream(job: StreamJob): Promise<OpenStream> {
    const { stream } = (await this.#call('POST', '/v1/streams', job)) as { stream: string };
    const path = `/v1/streams/${stream}`;
    return {
      read: async (after) => (await this.#ask(`${path}?after=${after}`)) as StreamPage,
      retime: async (gapMs) => void (await this.#call('PATCH', path, { gapMs })),
      stop: async () => ((await this.#call('DELETE', path)) as { records: ClientRecord[] }).records,
    };
  }

  async openSession(job: SessionJob): Promise<OpenSession> {
    const opened = (await this.#call('POST', '/v1/sessions', job)) as { session: string; record: ClientRecord };
    const path = `/v1/sessions/${opened.session}`;
    return {
      first: opened.record,
      exchange: async (cell) => ((await this.#call('POST', path, { cell })) as { records: [ClientRecord] }).records[0],
      close: async () => void (await this.#call('DELETE', path)),
    };
  }

  /** What the pod's servers saw since the last call, oldest first. */
  records(): Promise<ServerRecord[]> {
    // Two drains at once would ask from the same cursor and hand out the same records twice.
    const drained = this.#draining.then(() => this.#drain());
    this.#draining = drained.catch(() => undefined);
    return drained;
  }

  close(): void {
    this.#connections.destroy();
  }

  async #drain(): Promise<ServerRecord[]> {
    const answer = (await this.#ask(`/v1/records?after=${this.#cursor}`)) as {
      next: number;
      records: ServerRecord[];
    };
    const { next, records } = answer;
    if (next !== this.#cursor + records.length) throw this.#lostEvidence(next, records.length);
    this.#cursor = next;
    return records;
  }

  /**
   * A call that may be made twice. A tunnel can break while the agent lives, so a broken one is replaced, once; a connection on
   * this host ends only together with the agent.
   */
  async #ask(path: string, signal?: AbortSignal): Promise<unknown> {
    try {
      return await this.#call('GET', path, undefined, signal);
    } catch (error) {
      const broken = error instanceof HarnessError && error.code === 'E_AGENT_GONE';
      if (!broken || this.#options.connect === undefined) throw error;
      return await this.#call('GET', path, undefined, signal);
    }
  }

  /** An aborted call rejects with the signal's reason; what the agent was told to do may still run to its end. */
  #call(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
    const { control, token } = this.#options;
    const target = control.kind === 'unix' ? { socketPath: control.path } : { host: control.host, port: control.port };
    const payload = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(payload),
    };
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void =>
        reject(signal?.aborted === true ? (signal.reason as Error) : this.#gone(`${method} ${path}`, error));
      const request = sendRequest(
        { ...target, agent: this.#connections, method, path, headers, ...(signal === undefined ? {} : { signal }) },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', fail);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            if (response.statusCode === 200) resolve(JSON.parse(text));
            else reject(this.#refused(`${method} ${path}`, response.statusCode ?? 0, text));
          });
        },
      );
      request.on('error', fail);
      request.end(payload);
    });
  }

  #gone(call: string, cause: Error): HarnessError {
    return new HarnessError({
      code: 'E_AGENT_GONE',
      message: `the agent of pod ${this.#options.pod} does not answer (${call}: ${cause.message})`,
      hint: "look at the end of the pod's log: its agent has ended, was killed, or never listened on its control address",
      cause,
    });
  }

  #refused(call: string, status: number, text: string): HarnessError {
    return new HarnessError({
      code: 'E_AGENT_REFUSED',
      message: `the agent of pod ${this.#options.pod} refused ${call} with ${status}: ${readReason(text)}`,
      hint: 'harness and agent must be of the same version and share the token of the run',
    });
  }

  #lostEvidence(next: number, received: number): HarnessError {
    return new HarnessError({
      code: 'E_EVIDENCE_LOST',
      message: `the agent of pod ${this.#options.pod} handed over ${received} server records where ${next - this.#cursor} were due`,
      hint: 'the agent was restarted, or had to drop records that were fetched too late: run the case again with less traffic at once',
    });
  }
}

function readReason(text: string): string {
  try {
    return (JSON.parse(text) as { error?: string }).error ?? text;
  } catch {
    return text;
  }
}
