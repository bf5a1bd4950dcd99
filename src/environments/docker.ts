/** The Docker engine, through its command line: what state it is in, and the few things asked of it. */
import { execa } from 'execa';
import { HarnessError } from '../errors/harness-error.js';
import { findTool } from '../images/tools.js';
import { pollUntil } from './local/poll.js';

/** What matters of a running engine. */
export interface Engine {
  readonly version: string;
  readonly cgroupVersion: '1' | '2';
  /** Where images and containers lie, as the engine sees it. */
  readonly rootDir: string;
  readonly defaultRuntime: string;
}

export interface DockerOptions {
  readonly signal?: AbortSignal;
}

interface DockerInfo {
  readonly ServerVersion?: string;
  readonly CgroupVersion?: string;
  readonly DockerRootDir?: string;
  readonly DefaultRuntime?: string;
  readonly ServerErrors?: readonly string[] | null;
}

/** @throws HarnessError E_NO_DOCKER, E_DOCKER_PERMISSION or E_DOCKER_DOWN */
export async function inspectEngine(): Promise<Engine> {
  const docker = await findTool('docker');
  const { stdout, stderr, failed } = await execa(docker, ['info', '--format', '{{json .}}'], {
    reject: false,
    stdin: 'ignore',
    timeout: 20_000,
  });
  const info = parseInfo(stdout);
  const trouble = [stderr, ...(info?.ServerErrors ?? [])].join('\n').trim();
  // Old clients answer 0 and half an answer when there is no engine.
  if (failed || info?.ServerVersion === undefined || info.ServerVersion === '') throw explainDocker('info', trouble);
  return {
    version: info.ServerVersion,
    cgroupVersion: info.CgroupVersion === '1' ? '1' : '2',
    rootDir: info.DockerRootDir ?? '/var/lib/docker',
    defaultRuntime: info.DefaultRuntime ?? 'runc',
  };
}

function parseInfo(json: string): DockerInfo | undefined {
  try {
    return JSON.parse(json) as DockerInfo;
  } catch {
    return undefined;
  }
}

/** Answers stdout. @throws HarnessError that says what Docker said. */
export async function runDocker(args: readonly string[], { signal }: DockerOptions = {}): Promise<string> {
  const result = await execa(await findTool('docker'), args, {
    reject: false,
    stdin: 'ignore',
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  if (result.failed) throw explainDocker(args[0] ?? '', result.stderr);
  return result.stdout;
}

/** The trouble behind what Docker printed, in one of few codes. */
export function explainDocker(command: string, printed: string): HarnessError {
  const said = printed.trim().split('\n').at(-1)?.trim() ?? '';
  if (/no space left on device/i.test(printed)) return diskFull(`docker ${command}`, said);
  if (/permission denied.*(docker|socket)|dial unix.*permission denied/is.test(printed)) {
    return new HarnessError({
      code: 'E_DOCKER_PERMISSION',
      message: 'this user may not talk to the Docker engine (permission denied on its socket)',
      hint: 'add the user to the group docker (`sudo usermod -aG docker $USER`, then log in again), or run as root',
    });
  }
  if (
    /cannot connect to the docker daemon|is the docker daemon running|failed to connect|connection refused|no such host/i.test(
      printed,
    )
  ) {
    return new HarnessError({
      code: 'E_DOCKER_DOWN',
      message: `no Docker engine answers: ${said}`,
      hint: 'start it (`sudo systemctl start docker`), or let DOCKER_HOST name one that runs',
    });
  }
  return new HarnessError({
    code: 'E_DOCKER',
    message: `docker ${command} failed: ${said || 'it said nothing'}`,
    hint: 'the same command by hand shows the whole trouble; "meshgauge doctor --env kind" checks the engine',
  });
}

/** @param where what was being done. */
export function diskFull(where: string, said: string): HarnessError {
  return new HarnessError({
    code: 'E_DISK_FULL',
    message: `the disk of the Docker engine is full (${where}): ${said}`,
    hint: 'free some space there: "docker system df" shows what takes it, "meshgauge clean" removes what killed runs left',
  });
}

/** Bit of CAP_SYS_RESOURCE in Linux's capability sets. */
const CAP_SYS_RESOURCE = 24n;

/** Whether programs started here may ever hold CAP_SYS_RESOURCE. @param status the text of /proc/self/status */
export function maySetResources(status: string): boolean {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return bounding === undefined || ((BigInt(`0x${bounding}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
}

const REMOVED_WITHIN_MS = 60_000;

/** Removes containers that carry the label `name=value`, with their volumes; answers their names. */
export async function removeContainers(label: string, deadlineMs = REMOVED_WITHIN_MS): Promise<readonly string[]> {
  const removed = new Set<string>();
  // One that is just being created is listed, and yet the engine removes nothing and calls it a success: look again.
  const removeAll = async (): Promise<boolean> => {
    const found = await listContainers(label);
    if (found.length === 0) return true;
    for (const name of found) removed.add(name);
    await runDocker(['rm', '--force', '--volumes', ...found]);
    return false;
  };
  await pollUntil(removeAll, { deadlineMs, what: `containers labelled ${label} to be gone` });
  return [...removed];
}

export async function listContainers(label: string): Promise<readonly string[]> {
  return lines(await runDocker(['ps', '--all', '--filter', `label=${label}`, '--format', '{{.Names}}']));
}

/** Non-empty lines. */
export function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
