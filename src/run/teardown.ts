/** A stack of undo steps, registered before the step they undo, so that a set-up that fails half-way is undone too. */
export class Teardown {
  readonly #steps: { readonly what: string; readonly undo: () => Promise<void> | void }[] = [];

  defer(what: string, undo: () => Promise<void> | void): void {
    this.#steps.push({ what, undo });
  }

  /** Runs every step, last first, whatever fails; answers what could not be undone. */
  async run(): Promise<readonly string[]> {
    const failures: string[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        failures.push(`${step.what}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return failures;
  }
}
