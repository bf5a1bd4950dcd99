import { EXIT, HarnessError, type ExitCode } from '../errors/harness-error.js';

/** Prints what happened and how to fix it; a stack trace only for our own mistakes, and only when asked for. */
export function reportError(error: unknown): ExitCode {
  if (error instanceof HarnessError) {
    process.stderr.write(`meshgauge: ${error.message}\n  fix: ${error.hint}\n  code: ${error.code}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `meshgauge: unexpected: ${message}\n  fix: this is a defect of meshgauge; MESHGAUGE_DEBUG=1 shows where\n  code: E_INTERNAL\n`,
  );
  if (process.env['MESHGAUGE_DEBUG'] === '1' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return EXIT.harness;
}
