import { asHarnessError, HarnessError, type ExitCode } from '../errors/harness-error.js';

/** Prints what happened and how to fix it; a stack trace only for our own mistakes, and only when asked for. */
export function reportError(error: unknown): ExitCode {
  const { message, hint, code, exitCode } = asHarnessError(error);
  process.stderr.write(`meshgauge: ${message}\n  fix: ${hint}\n  code: ${code}\n`);
  const isOurs = error instanceof Error && !(error instanceof HarnessError);
  if (isOurs && process.env['MESHGAUGE_DEBUG'] === '1') process.stderr.write(`${error.stack ?? ''}\n`);
  return exitCode;
}
