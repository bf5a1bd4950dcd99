/** Looks at the proxies of a mesh again and again, and at once when somebody asks. */
import { TrafficHistory, type TrafficWindow } from './history.js';
import type { TrafficReading } from './traffic.js';

/** Looks in a window; the one it begins with may be so much of a window too old. */
const LOOKS = 4;
/** An answer may come of a look so much of a window ago: it spares the proxies when many ask at once. */
const FRESH = 1 / 20;
const LONGEST_PAUSE_MS = 5_000;

export interface SamplerOptions {
  readonly windowMs: number;
  /** One look at every proxy that can be asked. */
  readonly read: () => Promise<readonly TrafficReading[]>;
}

export class Sampler implements Disposable {
  readonly #options: SamplerOptions;
  readonly #history: TrafficHistory;
  readonly #timer: NodeJS.Timeout;
  #look: Promise<void> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** Resolves after the first look: what was counted before it belongs to no window. */
  static async start(options: SamplerOptions): Promise<Sampler> {
    const sampler = new Sampler(options);
    try {
      await sampler.#lookNow();
      return sampler;
    } catch (error) {
      sampler[Symbol.dispose]();
      throw error;
    }
  }

  private constructor(options: SamplerOptions) {
    this.#options = options;
    this.#history = new TrafficHistory(options.windowMs);
    // Whoever asks next is told of a failure: the look is repeated for them.
    const gapMs = Math.min(options.windowMs / LOOKS, LONGEST_PAUSE_MS);
    const look = (): void => {
      if (Date.now() - this.#lookedAt > gapMs / 2) void this.#lookNow().catch(() => undefined);
    };
    this.#timer = setInterval(look, gapMs);
    this.#timer.unref();
  }

  /** What was counted in the last window, up to now. */
  async window(): Promise<TrafficWindow> {
    if (Date.now() - this.#lookedAt > this.#options.windowMs * FRESH) await this.#lookNow();
    return this.#history.window();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** One look at a time: whoever comes while one is under way waits for it. */
  #lookNow(): Promise<void> {
    this.#look ??= this.#lookOnce().finally(() => (this.#look = undefined));
    return this.#look;
  }

  async #lookOnce(): Promise<void> {
    // All that was answered before this moment is in what is read after it.
    const at = Date.now();
    this.#history.add(at, await this.#options.read());
    this.#lookedAt = Date.now();
  }
}
