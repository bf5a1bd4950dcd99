/** When to compile: at once where somebody waits for it, otherwise once for all changes that are made in one go. */
export class Compilations implements Disposable {
  readonly #push: () => void;
  #isScheduled = false;
  #isDisposed = false;
  #failure: Error | undefined;

  constructor(push: () => void) {
    this.#push = push;
  }

  /** What went wrong last, unless all is well since. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Throws what went wrong, and keeps it too. */
  compile(): void {
    this.#isScheduled = false;
    try {
      this.#push();
      this.#failure = undefined;
    } catch (error) {
      this.report(error);
      throw error;
    }
  }

  /** A batch of objects comes one microtask after the other. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.flush());
  }

  /** Compiles what is waiting. */
  flush(): void {
    if (!this.#isScheduled || this.#isDisposed) return;
    try {
      this.compile();
    } catch {
      // It is kept.
    }
  }

  /** Throws what went wrong while nobody was waiting. */
  check(): void {
    this.flush();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Keeps a failure of something that nobody waited for. */
  report(error: unknown): void {
    this.#failure = error instanceof Error ? error : new Error(String(error));
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
  }
}
