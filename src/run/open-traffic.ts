/** Streams and sessions of a case: traffic that stays open until the case ends it, or until the case itself ends. */
import type { ClientRecord } from '../../fixtures/agent/protocol.js';
import type { Cell } from '../cases/case.js';
import type { OpenSession, ProbeStream } from '../cases/context.js';
import type { Lane } from './lane.js';
import { Teardown } from './teardown.js';

/** Probes of one stream that may wait for an answer at once. */
const STREAM_UNDER_WAY = 4;
const STREAM_LIFETIME_MS = 120_000;

/** What a case knows of its requests. */
export interface Ledger {
  /** Begins the ids of one job's requests. */
  prefix(what: string, phase: string): string;
  write(phase: string, records: readonly ClientRecord[]): void;
}

export class OpenTraffic {
  readonly #lane: Lane;
  readonly #ledger: Ledger;
  readonly #open = new Set<() => Promise<void>>();

  constructor(lane: Lane, ledger: Ledger) {
    this.#lane = lane;
    this.#ledger = ledger;
  }

  /** @param connections `reuse` unless said otherwise */
  async stream(
    phase: string,
    cell: Cell,
    gapMs: number,
    { connections = 'reuse' }: { readonly connections?: 'new' | 'reuse' } = {},
  ): Promise<ProbeStream> {
    const stream = await this.#lane.pod(cell.from).agent.openStream({
      idPrefix: this.#ledger.prefix(cell.from, phase),
      cell: cell.key,
      spec: this.#lane.requestOf(cell),
      gapMs,
      maxDurationMs: STREAM_LIFETIME_MS,
      maxUnderWay: STREAM_UNDER_WAY,
      connections,
    });
    const end = async (): Promise<void> => void (await stream.stop());
    this.#open.add(end);
    return {
      stop: async () => {
        this.#open.delete(end);
        this.#ledger.write(phase, await stream.stop());
      },
    };
  }

  async session(phase: string, cell: Cell): Promise<OpenSession> {
    const session = await this.#lane.pod(cell.from).agent.openSession({
      idPrefix: this.#ledger.prefix(cell.from, phase),
      cell: cell.key,
      spec: this.#lane.requestOf(cell),
    });
    const end = (): Promise<void> => session.close();
    this.#open.add(end);
    this.#ledger.write(phase, [session.first]);
    return {
      exchange: async (name) => this.#ledger.write(phase, [await session.exchange(name)]),
      close: async () => {
        this.#open.delete(end);
        await session.close();
      },
    };
  }

  /** Ends whatever is open still; answers what could not be ended. */
  async end(): Promise<readonly string[]> {
    const teardown = new Teardown();
    for (const end of this.#open) teardown.defer('an open stream or session', end);
    return await teardown.run();
  }
}
