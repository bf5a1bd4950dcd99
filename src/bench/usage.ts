/** Processor time and memory from `/proc`, read at the borders of slices: what the machine did, and what each program of ours took. */
import { cpus } from 'node:os';
import { now } from '../run/clock.js';
import { processMs, readBusyMs } from './busy.js';
import type { HostShares } from './gates.js';
import { readIfThere, TICK_MS } from './proc-files.js';
import type { OwnProcess, Role } from './processes.js';

/** What the counters of the machine and of our processes stood at, in milliseconds of processor time. */
export interface Sample {
  readonly at: number;
  readonly busyMs: number;
  readonly stealMs: number;
  /** Time in which some task waited; absent in kernels without pressure information. */
  readonly pressureMs?: number;
  readonly own: ReadonlyMap<number, number>;
}

export function takeSample(own: readonly OwnProcess[]): Sample | undefined {
  const at = now();
  const stat = readIfThere('/proc/stat');
  const steal = /^cpu\s.*$/m.exec(stat ?? '')?.[0].split(/\s+/)[8];
  const busyMs = readBusyMs();
  if (busyMs === undefined) return undefined;
  const waited = /^some .*total=(\d+)/m.exec(readIfThere('/proc/pressure/cpu') ?? '')?.[1];
  return {
    at,
    busyMs,
    stealMs: Number(steal ?? 0) * TICK_MS,
    ...(waited === undefined ? {} : { pressureMs: Number(waited) / 1000 }),
    own: new Map(
      own.flatMap(({ pid }) => {
        const ms = processMs(pid);
        return ms === undefined ? [] : [[pid, ms] as const];
      }),
    ),
  };
}

/** Samples the counters at given instants, and answers what happened between any two of them. */
export class UsageRecorder {
  readonly #own: readonly OwnProcess[];
  readonly #samples: Sample[] = [];
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(own: readonly OwnProcess[]) {
    this.#own = own;
  }

  /** False where pods are not processes of this host: their time cannot be told from that of others. */
  get seesPods(): boolean {
    return this.#own.some(({ role }) => role === 'agent');
  }

  /** @param instants epoch milliseconds */
  sampleAt(instants: readonly number[]): void {
    for (const instant of instants)
      this.#timers.push(setTimeout(() => this.sample(), Math.max(0, instant - now())).unref());
  }

  sample(): void {
    const sample = takeSample(this.#own);
    if (sample !== undefined) this.#samples.push(follow(this.#samples.at(-1), sample));
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Undefined where it cannot be told. */
  between(from: number, to: number): HostShares | undefined {
    if (!this.seesPods) return undefined;
    const start = interpolate(this.#samples, from);
    const end = interpolate(this.#samples, to);
    if (start === undefined || end === undefined) return undefined;
    const capacityMs = (to - from) * cpus().length;
    const ownMs = total(end.own) - total(start.own);
    const pressure =
      start.pressureMs === undefined || end.pressureMs === undefined
        ? {}
        : { pressure: (end.pressureMs - start.pressureMs) / (to - from) };
    return {
      foreign: Math.max(0, (end.busyMs - start.busyMs - ownMs) / capacityMs),
      steal: (end.stealMs - start.stealMs) / capacityMs,
      ...pressure,
    };
  }

  /** Microseconds of processor time that processes of a role took, all together. */
  cpuUsBetween(role: Role, from: number, to: number): number | undefined {
    const start = interpolate(this.#samples, from);
    const end = interpolate(this.#samples, to);
    const pids = this.#own.flatMap((own) => (own.role === role ? [own.pid] : []));
    if (start === undefined || end === undefined || pids.length === 0) return undefined;
    return pids.reduce((sum, pid) => sum + ((end.own.get(pid) ?? 0) - (start.own.get(pid) ?? 0)) * 1000, 0);
  }

  /** Bytes of each pod's proxy, by pod. */
  residentBytes(): ReadonlyMap<string, number> {
    const bytes = new Map<string, number>();
    for (const { pid, pod, role } of this.#own) {
      if (role !== 'proxy' || pod === undefined) continue;
      const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(readIfThere(`/proc/${pid}/status`) ?? '')?.[1] ?? 0);
      bytes.set(pod, (bytes.get(pod) ?? 0) + kilobytes * 1024);
    }
    return bytes;
  }
}

/** The sample after another one: a process that has ended since keeps the time it took. */
export function follow(before: Sample | undefined, sample: Sample): Sample {
  return before === undefined ? sample : { ...sample, own: new Map([...before.own, ...sample.own]) };
}

/** Counters at an instant, on the straight line between the samples around it. */
export function interpolate(samples: readonly Sample[], at: number): Sample | undefined {
  const after = samples.find((sample) => sample.at >= at) ?? samples.at(-1);
  const before = samples.findLast((sample) => sample.at <= at) ?? samples[0];
  if (before === undefined || after === undefined || samples.length < 2) return undefined;
  if (after.at <= before.at) return before;
  const part = (at - before.at) / (after.at - before.at);
  const mix = (a: number, b: number): number => a + (b - a) * part;
  const pressureMs =
    before.pressureMs === undefined || after.pressureMs === undefined
      ? {}
      : { pressureMs: mix(before.pressureMs, after.pressureMs) };
  return {
    at,
    busyMs: mix(before.busyMs, after.busyMs),
    stealMs: mix(before.stealMs, after.stealMs),
    ...pressureMs,
    own: new Map([...after.own].map(([pid, ms]) => [pid, mix(before.own.get(pid) ?? ms, ms)])),
  };
}

function total(own: ReadonlyMap<number, number>): number {
  return [...own.values()].reduce((sum, ms) => sum + ms, 0);
}
