import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { HarnessError, badInput } from '../../errors/harness-error.js';
import { ownIdentity, processIdentitySchema } from './process-identity.js';

/** Every process of a run carries this variable with the run's id, so that leftovers can be told from everything else. */
export const RUN_MARKER = 'MESHGAUGE_RUN';
/** Run folders are `<tmp>/mg-<runId>`: short, because Unix socket paths in them end at 107 bytes. */
export const RUN_DIR_PREFIX = 'mg-';
/** Says inside a run folder whose it is. */
export const OWNER_FILE = 'owner.json';

const runRecordSchema = z.strictObject({
  runId: z.string().regex(/^[A-Za-z0-9-]{1,32}$/),
  runDir: z.string(),
  startedAt: z.iso.datetime(),
  owner: processIdentitySchema,
});
export type RunRecord = Readonly<z.infer<typeof runRecordSchema>>;

export interface RunRegistration {
  readonly runId: string;
  readonly runDir: string;
  /** The last step of a run: removes its folder (unless kept) and then its registration. */
  unregister(options: { readonly keepDir: boolean }): Promise<void>;
}

/** Where runs register: `$XDG_CACHE_HOME/meshgauge/runs`, or below `~/.cache`. */
export function runRegistryDir(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'meshgauge', 'runs');
}

/** The folder of a run, in the system's folder for temporary files. */
export function runDirOf(runId: string): string {
  return join(tmpdir(), RUN_DIR_PREFIX + runId);
}

/** Writes down that this process runs `runId`, then makes the run's folder: comes before anything that could be left over. */
export async function registerRun(runId: string): Promise<RunRegistration> {
  if (!runRecordSchema.shape.runId.safeParse(runId).success) {
    throw badInput('E_RUN_ID', `'${runId}' cannot name a run`, 'use 1 to 32 letters, digits and dashes');
  }
  const runDir = runDirOf(runId);
  const record: RunRecord = { runId, runDir, startedAt: new Date().toISOString(), owner: await ownIdentity() };
  const registry = runRegistryDir();
  const file = join(registry, `${runId}.json`);
  await mkdir(registry, { recursive: true, mode: 0o700 });
  if (existsSync(file) || existsSync(runDir)) throw runExists(runId, runDir);
  await writeWhole(file, JSON.stringify(record, undefined, 2));
  try {
    await mkdir(runDir, { mode: 0o700 });
    await writeWhole(join(runDir, OWNER_FILE), JSON.stringify(record, undefined, 2));
  } catch (cause) {
    await rm(file, { force: true });
    throw (cause as NodeJS.ErrnoException).code === 'EEXIST' ? runExists(runId, runDir) : cause;
  }
  return {
    runId,
    runDir,
    async unregister({ keepDir }) {
      if (!keepDir) await rm(runDir, { recursive: true, force: true });
      await rm(file, { force: true });
    },
  };
}

/** Undefined when the file is gone or is not a run record. */
export async function readRunRecord(file: string): Promise<RunRecord | undefined> {
  try {
    return runRecordSchema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** A reader finds the whole content or no file. */
async function writeWhole(file: string, content: string): Promise<void> {
  const unfinished = `${file}.${process.pid}.part`;
  await writeFile(unfinished, content, { mode: 0o600, flag: 'wx' });
  await rename(unfinished, file);
}

function runExists(runId: string, runDir: string): HarnessError {
  return new HarnessError({
    code: 'E_RUN_EXISTS',
    message: `run ${runId} is registered already (folder ${runDir})`,
    hint: 'if that run is over, `meshgauge clean` removes what it left',
  });
}
