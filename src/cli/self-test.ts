/** `meshgauge bench --self-test`: whether the instrument reads what is known, here and now. */
import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { resolveEnvoy } from '../../drivers/reference/envoy/binary.js';
import { endRun } from '../environments/local/clean.js';
import { hostFacts } from '../environments/local/host.js';
import { registerRun } from '../environments/local/run-state.js';
import { EXIT, type ExitCode } from '../errors/harness-error.js';
import { renderResult } from '../self-test/render.js';
import { judgeSelfTest, runSelfTest, type Result } from '../self-test/run.js';
import { listenForInterrupt } from './interrupt.js';
import { colorsFor } from './terminal-colors.js';

export interface SelfTestFlags {
  readonly json?: boolean;
  /** Groups of checks; all of them by default. */
  readonly only?: readonly string[];
}

/** @returns what `judgeSelfTest` makes of it */
export async function selfTest(flags: SelfTestFlags): Promise<ExitCode> {
  const registration = await registerRun(`self-test-${randomBytes(3).toString('hex')}`);
  using interrupt = listenForInterrupt(() => endRun(registration.runId));
  const colors = colorsFor(process.stdout);
  try {
    const results = await runSelfTest(
      registration,
      {
        envoyPath: findEnvoy,
        ...(flags.only === undefined ? {} : { only: flags.only }),
        ...(flags.json === true
          ? {}
          : { onResult: (result) => process.stdout.write(`${renderResult(result, colors)}\n`) }),
      },
      interrupt.signal,
    );
    const exitCode = judgeSelfTest(results);
    process.stdout.write(flags.json === true ? toJson(results, exitCode) : `${conclude(results, exitCode)}\n`);
    return exitCode;
  } finally {
    await registration.unregister({ keepDir: false });
  }
}

async function findEnvoy(): Promise<string> {
  const { path } = await resolveEnvoy({
    env: process.env,
    cacheDir: process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  return path;
}

function toJson(results: readonly Result[], exitCode: ExitCode): string {
  return `${JSON.stringify({ host: hostFacts('local'), at: new Date().toISOString(), exitCode, results }, null, 2)}\n`;
}

function conclude(results: readonly Result[], exitCode: ExitCode): string {
  const checks = results.flatMap((result) => result.checks);
  const met = checks.filter(({ ok }) => ok).length;
  const words = `${met} of ${checks.length} goals met`;
  if (exitCode === EXIT.conformant) return `${words}: figures of this machine can be used`;
  if (exitCode === EXIT.inconclusive) return `${words}: the machine was too busy to tell; run again when it is idle`;
  return `${words}: do not use figures of this instrument on this machine`;
}
