/** Work for several benches: each takes what its fixture can do, and stays with the fault it has as long as there is work for it. */

export interface Work {
  readonly fixture: string;
  readonly fault?: string;
}

export class JobQueue<Job extends Work> {
  #jobs: Job[] = [];
  #waiting: (() => void)[] = [];
  #isClosed = false;

  add(jobs: readonly Job[]): void {
    this.#jobs.push(...jobs);
    this.#wake();
  }

  /** Takes back what nobody has begun. */
  withdraw(): readonly Job[] {
    const left = this.#jobs;
    this.#jobs = [];
    return left;
  }

  /** What nobody has begun is dropped, and nobody waits for more. */
  close(): void {
    this.#isClosed = true;
    this.#jobs = [];
    this.#wake();
  }

  /** The next job of this fixture, of the same fault if there is one; waits for it, until the queue is closed. */
  async take({ fixture, fault }: Work): Promise<Job | undefined> {
    for (;;) {
      const own = this.#jobs.filter((job) => job.fixture === fixture);
      const next = own.find((job) => job.fault === fault) ?? own[0];
      if (next !== undefined) {
        this.#jobs.splice(this.#jobs.indexOf(next), 1);
        return next;
      }
      if (this.#isClosed) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
