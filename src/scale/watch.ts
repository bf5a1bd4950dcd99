/** One change on its way to every proxy. */
import type { Sighting, WatchQuestion } from './simulator-protocol.js';
import type { Taken } from './simulated-proxy.js';
import { XDS_TYPE } from './wire.js';

export class Watch {
  readonly #question: Pick<WatchQuestion, 'marker' | 'kind'>;
  readonly #sighting: Sighting;
  readonly #waiting = new Set<() => void>();
  #missing: number;

  constructor(question: Pick<WatchQuestion, 'marker' | 'kind'>, proxies: number) {
    this.#question = question;
    this.#missing = proxies;
    const never = (): Float64Array => new Float64Array(proxies).fill(Number.NaN);
    this.#sighting = { receivedAt: never(), acknowledgedAt: never(), completedAt: never() };
  }

  /** Something was taken by the proxy of this number. */
  notice(proxy: number, { type, added, removed, receivedAt, acknowledgedAt }: Taken): void {
    const { marker, kind } = this.#question;
    const has = (names: readonly string[]): boolean => names.some((name) => name.includes(marker));
    const { receivedAt: received, acknowledgedAt: acknowledged } = this.#sighting;
    if (type === XDS_TYPE.cluster && has(kind === 'appears' ? added : removed) && Number.isNaN(received[proxy])) {
      received[proxy] = receivedAt;
      acknowledged[proxy] = acknowledgedAt;
      if (kind === 'disappears') this.#complete(proxy, acknowledgedAt);
    }
    // That a cluster has no endpoints may be said by naming it among what is gone.
    if (type === XDS_TYPE.endpoints && kind === 'appears' && (has(added) || has(removed)))
      this.#complete(proxy, acknowledgedAt);
  }

  /** Resolves when every proxy is there, or after so long. */
  async seen(deadlineMs: number): Promise<Sighting> {
    if (this.#missing > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadlineMs);
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return this.#sighting;
  }

  #complete(proxy: number, at: number): void {
    const { completedAt } = this.#sighting;
    if (!Number.isNaN(completedAt[proxy])) return;
    completedAt[proxy] = at;
    this.#missing -= 1;
    if (this.#missing === 0) for (const tell of this.#waiting) tell();
  }
}
