import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';

/** Names one process for good: a pid alone is given out again, its start time within one boot is not. */
export const processIdentitySchema = z.strictObject({
  pid: z.int().positive(),
  /** Clock ticks after boot (field 22 of /proc/PID/stat). */
  startTicks: z.string(),
  bootId: z.string(),
  pidNamespace: z.string(),
  host: z.string(),
});
export type ProcessIdentity = Readonly<z.infer<typeof processIdentitySchema>>;

/** Who we are. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const startTicks = await startTicksOf(process.pid);
  if (startTicks === undefined) throw new Error('/proc/self/stat cannot be read');
  return { pid: process.pid, startTicks, ...(await ownScope()) };
}

/** `elsewhere`: another host or another pid namespace, where we cannot see whether it lives. */
export async function stateOf(identity: ProcessIdentity): Promise<'alive' | 'dead' | 'elsewhere'> {
  const scope = await ownScope();
  if (identity.host !== scope.host) return 'elsewhere';
  if (identity.bootId !== scope.bootId) return 'dead';
  if (identity.pidNamespace !== scope.pidNamespace) return 'elsewhere';
  return (await startTicksOf(identity.pid)) === identity.startTicks ? 'alive' : 'dead';
}

/** Undefined for a process that is gone or a zombie. */
export async function startTicksOf(pid: number): Promise<string | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The program name stands in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  return state === 'Z' || state === 'X' ? undefined : fields[19];
}

async function ownScope(): Promise<Omit<ProcessIdentity, 'pid' | 'startTicks'>> {
  const [bootId, pidNamespace] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    readlink('/proc/self/ns/pid'),
  ]);
  return { bootId: bootId.trim(), pidNamespace, host: hostname() };
}
