/** Which processes of this host belong to the benchmark: programs of its pods, wherever they run, and the cluster around them. */
import { readlinkSync } from 'node:fs';
import type { Pod } from '../mesh/driver.js';
import { processIds, readIfThere, readStat } from './proc-files.js';

/** agent: client or server of a pod; proxy: what else runs in the pod; environment: the cluster underneath; harness: this process. */
export type Role = 'agent' | 'proxy' | 'environment' | 'harness';

export interface OwnProcess {
  readonly pid: number;
  readonly role: Role;
  /** `namespace/name`, for programs of a pod. */
  readonly pod?: string;
}

/** One process as `/proc` shows it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly cwd: string;
  readonly netNamespace: string;
  readonly pidNamespace: string;
}

/** Empty where `/proc` is another host's, or none. */
export function findOwnProcesses(pods: readonly Pick<Pod, 'name' | 'namespace' | 'ip' | 'dir'>[]): OwnProcess[] {
  const entries = listProcesses();
  return attribute(pods, entries, { self: process.pid, addressesOf: readAddresses });
}

/**
 * A pod's programs share its network namespace, known by the pod's address; where pods are processes of this host, they run in
 * the pod's folder. Whatever descends from a foreign pid namespace around them is the cluster.
 */
export function attribute(
  pods: readonly Pick<Pod, 'name' | 'namespace' | 'ip' | 'dir'>[],
  entries: readonly ProcessEntry[],
  host: { readonly self: number; readonly addressesOf: (pid: number) => readonly string[] },
): OwnProcess[] {
  const self = entries.find(({ pid }) => pid === host.self);
  if (self === undefined) return [];
  const namespaceOf = new Map<string, string>();
  for (const { pid, netNamespace } of onePerNamespace(entries, self.netNamespace))
    for (const address of host.addressesOf(pid)) namespaceOf.set(address, netNamespace);
  const found = new Map<number, OwnProcess>([[self.pid, { pid: self.pid, role: 'harness' }]]);
  const byPid = new Map(entries.map((entry) => [entry.pid, entry]));
  const clusters = new Set<number>();
  for (const pod of pods) {
    const namespace = namespaceOf.get(pod.ip);
    const inside = entries.filter(({ cwd, netNamespace }) =>
      namespace === undefined ? cwd === pod.dir : netNamespace === namespace,
    );
    for (const entry of inside) {
      const role = entry.command.includes('agent.json') ? 'agent' : 'proxy';
      found.set(entry.pid, { pid: entry.pid, role, pod: `${pod.namespace}/${pod.name}` });
      const top = topmostForeign(entry, byPid, self.pidNamespace);
      if (top !== undefined) clusters.add(top);
    }
  }
  for (const entry of entries) {
    if (!found.has(entry.pid) && descendsFrom(entry, clusters, byPid))
      found.set(entry.pid, { pid: entry.pid, role: 'environment' });
  }
  return [...found.values()];
}

function onePerNamespace(entries: readonly ProcessEntry[], own: string): Iterable<ProcessEntry> {
  return new Map(
    entries.flatMap((entry) =>
      entry.netNamespace === own || entry.netNamespace === '' ? [] : [[entry.netNamespace, entry] as const],
    ),
  ).values();
}

/** The outermost ancestor that is not in our own pid namespace: the first process of the node, or of the container. */
function topmostForeign(
  entry: ProcessEntry,
  byPid: ReadonlyMap<number, ProcessEntry>,
  own: string,
): number | undefined {
  let top: number | undefined;
  for (let at: ProcessEntry | undefined = entry; at !== undefined; at = byPid.get(at.parent)) {
    if (at.pidNamespace !== own && at.pidNamespace !== '') top = at.pid;
  }
  return top;
}

function descendsFrom(
  entry: ProcessEntry,
  roots: ReadonlySet<number>,
  byPid: ReadonlyMap<number, ProcessEntry>,
): boolean {
  for (let at: ProcessEntry | undefined = entry; at !== undefined; at = byPid.get(at.parent))
    if (roots.has(at.pid)) return true;
  return false;
}

function listProcesses(): ProcessEntry[] {
  return processIds().flatMap((pid) => {
    const stat = readStat(pid);
    if (stat === undefined) return [];
    const [, parent = '0'] = stat;
    return [
      {
        pid,
        parent: Number(parent),
        command: (readIfThere(`/proc/${pid}/cmdline`) ?? '').split('\0').join(' '),
        cwd: link(`/proc/${pid}/cwd`),
        netNamespace: link(`/proc/${pid}/ns/net`),
        pidNamespace: link(`/proc/${pid}/ns/pid`),
      },
    ];
  });
}

/** The addresses of a network namespace's own interfaces. */
function readAddresses(pid: number): readonly string[] {
  const lines = (readIfThere(`/proc/${pid}/net/fib_trie`) ?? '').split('\n');
  return lines.flatMap((line, index) => {
    const address = /\|-- ([\d.]+)$/.exec(line)?.[1];
    return address !== undefined && /\/32 host LOCAL/.test(lines[index + 1] ?? '') && !address.startsWith('127.')
      ? [address]
      : [];
  });
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
