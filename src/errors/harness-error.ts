/** Exit codes are documented API: 0 conformant · 1 violated · 2 inconclusive · 3 harness or infrastructure · 4 bad input · 130 interrupted. */
export const EXIT = { conformant: 0, violated: 1, inconclusive: 2, harness: 3, badInput: 4, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * An error a person can act on: what happened, where, and how to fix it. Printed without a stack trace.
 * `code` is stable (`E_…`) and has a page under docs/errors.
 */
export class HarnessError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly exitCode: ExitCode;

  constructor(options: { code: string; message: string; hint: string; exitCode?: ExitCode; cause?: unknown }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HarnessError';
    this.code = options.code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? EXIT.harness;
  }
}

/** A mistake in what the user gave us: exit code 4. */
export function badInput(code: string, message: string, hint: string): HarnessError {
  return new HarnessError({ code, message, hint, exitCode: EXIT.badInput });
}

/** What was thrown, in the words of this project: anything that is none of its errors is a defect of its own. */
export function asHarnessError(thrown: unknown): HarnessError {
  if (thrown instanceof HarnessError) return thrown;
  return new HarnessError({
    code: 'E_INTERNAL',
    message: `unexpected: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    hint: 'this is a defect of meshgauge; MESHGAUGE_DEBUG=1 shows where',
    cause: thrown,
  });
}
