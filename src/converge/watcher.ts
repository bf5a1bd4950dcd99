/** Follows one change while its probes come in: whether anybody showed it yet, and whether everybody does. */
import type { ProbeRecord } from '../../fixtures/agent/protocol.js';
import type { Flip } from './scenario.js';
import { STABLE_RUN, type Look } from './timeline.js';

export class Watcher {
  readonly #flip: Pick<Flip, 'look'>;
  readonly #wanted: Look;
  readonly #runs: { length: number; since: number }[];
  /** When the first answer that shows what is wanted was sent. */
  seenAt: number | undefined;

  constructor(flip: Pick<Flip, 'look'>, streams: number, wanted: Look) {
    this.#flip = flip;
    this.#wanted = wanted;
    this.#runs = Array.from({ length: streams }, () => ({ length: 0, since: Infinity }));
  }

  /** Fresh records, by stream. */
  see(fresh: readonly (readonly ProbeRecord[])[]): void {
    for (const [stream, records] of fresh.entries()) {
      for (const record of records) {
        const isWanted = this.#flip.look(stream, record) === this.#wanted;
        const { length = 0, since = Infinity } = this.#runs[stream] ?? {};
        this.#runs[stream] = isWanted
          ? { length: length + 1, since: Math.min(since, record.t) }
          : { length: 0, since: Infinity };
        if (isWanted && record.t < (this.seenAt ?? Infinity)) this.seenAt = record.t;
      }
    }
  }

  /** Every stream has seen nothing else for a while. */
  get isStable(): boolean {
    return this.#runs.every(({ length }) => length >= STABLE_RUN);
  }

  /** From when on no stream has seen anything else. */
  get stableSince(): number {
    return Math.max(...this.#runs.map(({ since }) => since));
  }
}
