import { homedir } from 'node:os';
import { join } from 'node:path';

/** Everything built or downloaded is below this folder; losing it costs time, never correctness. */
export function cacheDir(...parts: readonly string[]): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'meshgauge', ...parts);
}
