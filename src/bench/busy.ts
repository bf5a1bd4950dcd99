/**
 * Processor time that everything on this host has taken. The kernel's own sum in /proc/stat is no use here: where it is counted by
 * ticks, of 4 ms for instance, load that is sent every 2 ms meets all of them or none, and the sum is wrong by half. Times of control
 * groups and of processes are counted exactly.
 */
import { join } from 'node:path';
import { namesIn, processIds, readIfThere, readStat, TICK_MS } from './proc-files.js';

/** Version 1 has one file for all; its controllers may be mounted together. */
const VERSION_1 = ['cpuacct', 'cpu,cpuacct'].map((name) => `/sys/fs/cgroup/${name}/cpuacct.usage`);
const VERSION_2 = '/sys/fs/cgroup';

/** Milliseconds; undefined where nobody tells. Only differences of it mean something. */
export function readBusyMs(): number | undefined {
  return readVersion1() ?? readVersion2() ?? sumProcesses();
}

function readVersion1(): number | undefined {
  const [nanoseconds] = VERSION_1.flatMap((file) => readIfThere(file) ?? []);
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e6;
}

/** That of the root is summed up from ticks, those below are not. */
function readVersion2(): number | undefined {
  const groups = namesIn(VERSION_2).flatMap((name) => {
    const usage = /^usage_usec (\d+)/m.exec(readIfThere(join(VERSION_2, name, 'cpu.stat')) ?? '')?.[1];
    return usage === undefined ? [] : [Number(usage) / 1000];
  });
  return groups.length === 0 ? undefined : groups.reduce((sum, ms) => sum + ms, 0);
}

function sumProcesses(): number | undefined {
  const times = processIds().flatMap((pid) => processMs(pid) ?? []);
  return times.length === 0 ? undefined : times.reduce((sum, ms) => sum + ms, 0);
}

/** Of the process and of its ended children, which a cluster has many of. */
export function processMs(pid: number): number | undefined {
  const fields = readStat(pid);
  if (fields === undefined) return undefined;
  return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0) * TICK_MS;
}
