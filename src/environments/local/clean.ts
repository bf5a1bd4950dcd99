import { lstat, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pollUntil } from './poll.js';
import { startTicksOf, stateOf } from './process-identity.js';
import {
  OWNER_FILE,
  RUN_DIR_PREFIX,
  RUN_MARKER,
  type RunRecord,
  readRunRecord,
  runDirOf,
  runRegistryDir,
} from './run-state.js';

export interface CleanResult {
  readonly processes: readonly { readonly pid: number; readonly command: string }[];
  /** Socket files in the removed folders. */
  readonly sockets: number;
  readonly directories: readonly string[];
  /** Ids of runs that are still going on, or that live where we cannot look. */
  readonly skippedLive: readonly string[];
}

export type RunState = 'alive' | 'dead' | 'elsewhere';

/** Every run that this machine knows of, by id. */
export async function readRunStates(): Promise<ReadonlyMap<string, RunState>> {
  const runs = await findRuns();
  return new Map(
    await Promise.all(runs.map(async ({ record }) => [record.runId, await stateOf(record.owner)] as const)),
  );
}

/**
 * Removes what dead runs left: processes that carry the run's marker, its folder, its registration.
 * A run is dead when the process that registered it is gone; nothing else is ever touched.
 */
export async function cleanLeftovers(options: {
  readonly dryRun: boolean;
  /** Dead runs that cannot be cleaned up wholly right now: what says so stays. */
  readonly spare?: ReadonlySet<string>;
}): Promise<CleanResult> {
  const result = { processes: [] as { pid: number; command: string }[], sockets: 0, directories: [] as string[] };
  const skippedLive: string[] = [];
  for (const run of await findRuns()) {
    if ((await stateOf(run.record.owner)) !== 'dead') {
      skippedLive.push(run.record.runId);
      continue;
    }
    if (options.spare?.has(run.record.runId) === true) continue;
    const processes = options.dryRun ? await findMarked(run.record.runId) : await endMarked(run.record.runId);
    result.processes.push(...processes);
    if (await isOurRunDir(run.record)) {
      result.sockets += await countSockets(run.record.runDir);
      result.directories.push(run.record.runDir);
      if (!options.dryRun) await rm(run.record.runDir, { recursive: true, force: true });
    }
    if (!options.dryRun && run.registration !== undefined) await rm(run.registration, { force: true });
  }
  return { ...result, skippedLive };
}

interface KnownRun {
  readonly record: RunRecord;
  /** Absent for a folder whose registration is gone (kept on purpose, or the cache was emptied). */
  readonly registration?: string;
}

async function findRuns(): Promise<readonly KnownRun[]> {
  const runs = new Map<string, KnownRun>();
  for (const name of await listDir(runRegistryDir())) {
    const registration = join(runRegistryDir(), name);
    const record = name.endsWith('.json') ? await readRunRecord(registration) : undefined;
    if (record !== undefined) runs.set(record.runId, { record, registration });
  }
  for (const name of await listDir(tmpdir())) {
    if (!name.startsWith(RUN_DIR_PREFIX)) continue;
    const runDir = join(tmpdir(), name);
    if (!(await isOurDir(runDir))) continue;
    const record = await readRunRecord(join(runDir, OWNER_FILE));
    if (record?.runDir === runDir && !runs.has(record.runId)) runs.set(record.runId, { record });
  }
  return [...runs.values()];
}

/** A record is only text in a file: what it names is removed only if it has the name of that run's folder and is one of ours. */
async function isOurRunDir(record: RunRecord): Promise<boolean> {
  return basename(record.runDir) === RUN_DIR_PREFIX + record.runId && (await isOurDir(record.runDir));
}

/** A real folder (no link to elsewhere) that belongs to this user. */
async function isOurDir(dir: string): Promise<boolean> {
  try {
    const stats = await lstat(dir);
    return stats.isDirectory() && stats.uid === process.getuid?.();
  } catch {
    return false;
  }
}

/** Processes (of ours) that were started with the marker of this run in their environment. */
async function findMarked(runId: string): Promise<{ pid: number; command: string }[]> {
  const found = [];
  for (const name of await listDir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const environment = (await readFile(`/proc/${name}/environ`, 'utf8')).split('\0');
      if (!environment.includes(`${RUN_MARKER}=${runId}`)) continue;
      const command = (await readFile(`/proc/${name}/cmdline`, 'utf8')).split('\0').join(' ').trim();
      found.push({ pid, command });
    } catch {
      // Gone meanwhile, or somebody else's.
    }
  }
  return found;
}

/**
 * Ends every program of one run at once (those that carry its marker, and no other) and removes its folder and registration.
 * @param endElsewhere ends what is not a process here; when it fails the registration stays, so that `clean` finds the rest
 */
export async function endRun(runId: string, endElsewhere?: () => Promise<void>): Promise<void> {
  await endMarked(runId);
  await endElsewhere?.();
  // The run itself may still be about to write there.
  await rm(runDirOf(runId), { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  await rm(join(runRegistryDir(), `${runId}.json`), { force: true });
}

async function endMarked(runId: string): Promise<{ pid: number; command: string }[]> {
  const ended = new Map<number, string>();
  // A process may start another one while we look: look again until there is none.
  for (let found = await findMarked(runId); found.length > 0; found = await findMarked(runId)) {
    for (const { pid, command } of found) {
      ended.set(pid, command);
      kill(pid);
    }
    await pollUntil(async () => (await Promise.all(found.map(({ pid }) => startTicksOf(pid)))).every(isGone), {
      deadlineMs: 5_000,
      what: `processes ${found.map(({ pid }) => pid).join(', ')} of run ${runId} to end`,
    });
  }
  return [...ended].map(([pid, command]) => ({ pid, command }));
}

function isGone(startTicks: string | undefined): boolean {
  return startTicks === undefined;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function countSockets(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isSocket()).length;
}

async function listDir(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir);
  } catch {
    return [];
  }
}
