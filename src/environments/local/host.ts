import { readFile, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { cpus, platform, release, tmpdir, totalmem, type } from 'node:os';
import type { PortKey, Problem } from '../../mesh/driver.js';
import type { EnvironmentFacts } from '../environment.js';
import { claimLoopbackBlock } from './loopback.js';
import { AUTOMATIC_OFFSETS, portConflicts, portInUseError } from './port-map.js';

const MIB = 1024 ** 2;
const NEEDED_DISK_BYTES = 256 * MIB;
const NEEDED_OPEN_FILES = 4_096;

/** What a reader of a report must know about this host to compare numbers. */
export function hostFacts(name: string): EnvironmentFacts {
  const processors = cpus();
  return {
    name,
    os: type(),
    kernel: release(),
    cpus: processors.length,
    cpuModel: processors[0]?.model.trim() || 'unknown',
    memoryBytes: totalmem(),
    node: process.version,
  };
}

export interface HostNeeds {
  /** Ports the fixtures will use. */
  readonly ports: readonly PortKey[];
  /** The user's choice; automatic when absent. */
  readonly portOffset?: number;
}

/** Everything about this host that stands in the way, all at once. */
export async function checkHost(needs: HostNeeds): Promise<readonly Problem[]> {
  if (platform() !== 'linux') {
    return [
      {
        code: 'E_PLATFORM',
        message: `the local environment needs Linux (this is ${platform()}): only there all of 127.0.0.0/8 answers without set-up`,
        hint: 'use a Linux machine, virtual machine or container',
      },
    ];
  }
  const found = await Promise.all([checkLoopback(needs), checkDisk(), checkOpenFiles()]);
  return found.filter((problem) => problem !== undefined);
}

async function checkLoopback(needs: HostNeeds): Promise<Problem | undefined> {
  // A block of our own: two checks at once must not be in each other's way.
  await using block = await claimLoopbackBlock();
  const address = block.ownAddress;
  const errno = await tryListen(address);
  if (errno !== undefined) {
    return {
      code: 'E_LOOPBACK',
      message: `${address} cannot be bound (${errno})`,
      hint: 'bring the loopback interface up (`ip link set lo up`) with its usual 127.0.0.0/8',
    };
  }
  const offsets = needs.portOffset === undefined ? AUTOMATIC_OFFSETS : [needs.portOffset];
  const conflicts = [];
  for (const offset of offsets) {
    const found = await portConflicts(address, needs.ports, offset);
    if (found.length === 0) return undefined;
    conflicts.push(...found);
  }
  const { code, message, hint } = portInUseError(conflicts, offsets);
  return { code, message, hint };
}

async function checkDisk(): Promise<Problem | undefined> {
  const { bavail, bsize } = await statfs(tmpdir());
  const free = bavail * bsize;
  if (free >= NEEDED_DISK_BYTES) return undefined;
  return {
    code: 'E_DISK_SPACE',
    message: `${tmpdir()} has ${Math.floor(free / MIB)} MiB free; a run needs ${NEEDED_DISK_BYTES / MIB} MiB`,
    hint: 'free some space, or let TMPDIR name a folder with more',
  };
}

async function checkOpenFiles(): Promise<Problem | undefined> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  if (soft === undefined || soft === 'unlimited' || Number(soft) >= NEEDED_OPEN_FILES) return undefined;
  return {
    code: 'E_FILE_LIMIT',
    message: `a process may open ${soft} files; a run needs ${NEEDED_OPEN_FILES}`,
    hint: `raise the limit: \`ulimit -n ${NEEDED_OPEN_FILES}\``,
  };
}

async function tryListen(host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port: 0 }, () => server.close(() => resolve(undefined)));
  });
}
