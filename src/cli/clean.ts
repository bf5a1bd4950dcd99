/** `meshgauge clean`: removes what killed runs left behind, and nothing else. */
import { cleanLeftovers } from '../environments/local/clean.js';
import { EXIT, type ExitCode } from '../errors/harness-error.js';

export async function clean(options: { dryRun?: boolean; json?: boolean }): Promise<ExitCode> {
  const result = await cleanLeftovers({ dryRun: options.dryRun === true });
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    return EXIT.conformant;
  }
  const verb = options.dryRun === true ? 'would remove' : 'removed';
  process.stdout.write(
    `${verb} ${result.processes.length} processes, ${result.sockets} sockets, ${result.directories.length} folders\n`,
  );
  for (const { pid, command } of result.processes) process.stdout.write(`  process ${pid}  ${command.slice(0, 100)}\n`);
  for (const directory of result.directories) process.stdout.write(`  folder  ${directory}\n`);
  for (const run of result.skippedLive) process.stdout.write(`  left alone: run ${run} is still going on\n`);
  return EXIT.conformant;
}
