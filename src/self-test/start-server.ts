/** Starting truth servers, each in a process of its own. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Program } from '../environments/local/program.js';
import { RUN_MARKER } from '../environments/local/run-state.js';
import { HarnessError } from '../errors/harness-error.js';
import { REPORT_PATH, type Truth, type TruthReport } from './truths.js';

export interface TruthServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  report(): Promise<TruthReport>;
}

const HOST = '127.0.0.1';

/** @param place folder for its log, and the run it belongs to */
export async function startTruthServer(
  truth: Truth,
  place: { readonly dir: string; readonly runId: string },
): Promise<TruthServer> {
  const program = new Program({
    name: `${truth.kind} server`,
    ...truthCommand(truth),
    env: { PATH: process.env['PATH'] ?? '', [RUN_MARKER]: place.runId },
    cwd: place.dir,
    logFile: join(place.dir, `${truth.kind}.log`),
    stdio: 'open',
  });
  for await (const line of program.lines()) {
    const { port } = JSON.parse(line) as { port: number };
    return {
      host: HOST,
      port,
      pid: program.pid ?? 0,
      report: async () => (await (await fetch(`http://${HOST}:${port}${REPORT_PATH}`)).json()) as TruthReport,
      [Symbol.asyncDispose]: async () => void (await program.stop()),
    };
  }
  throw new HarnessError({
    code: 'E_SELF_TEST',
    message: `the ${truth.kind} server of the self-test did not start\n${await program.logTail()}`.trimEnd(),
    hint: 'look at the lines above; `meshgauge doctor` looks at this machine',
  });
}

/** Compiled when we are compiled ourselves, from its source otherwise. */
function truthCommand(truth: Truth): { readonly command: string; readonly args: readonly string[] } {
  const own = fileURLToPath(import.meta.url);
  const isSource = own.endsWith('.ts');
  const program = join(own, '..', isSource ? 'truth-server.ts' : 'truth-server.js');
  const loader = isSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [];
  return { command: process.execPath, args: [...loader, program, JSON.stringify(truth)] };
}
