/**
 * Evidence made readable: what both ends saw, counted per cell, a timeline, and who reached whom. It is taken line by line, so that
 * a million requests need no more memory than their ids.
 */
import type { EvidenceLine } from '../../src/evidence/records.js';
import { describeGroup, describeLine, type TimedLine, type TimelineEntry } from './timeline.js';
import { Traffic, type Flow } from './traffic.js';

export type { Flow } from './traffic.js';

/** One cell of one phase, seen from both ends. */
export interface CellTraffic {
  readonly phase: string;
  readonly cell: string;
  readonly sent: number;
  readonly ok: number;
  /** Failures by signature: a status, an errno, a protocol code. */
  readonly failures: ReadonlyMap<string, number>;
  /** Requests of this cell that a server logged. */
  readonly reached: number;
  /** Log entries per pod; more than `reached` means that something retried. */
  readonly pods: ReadonlyMap<string, number>;
}

export interface EvidenceDigest {
  /** Of the first line that has a time, in milliseconds since the epoch. */
  readonly startMs?: number;
  /** What both ends saw, per phase and cell, in order of first sending. */
  readonly cells: readonly CellTraffic[];
  /** In time order; big samples are one entry per end. */
  readonly timeline: readonly TimelineEntry[];
  /** In order of first sending. */
  readonly flows: readonly Flow[];
}

export function digestEvidence(lines: Iterable<EvidenceLine>): EvidenceDigest {
  const traffic = new Traffic();
  const own: TimedLine[] = [];
  let startMs = Infinity;
  for (const line of lines) {
    if ('t' in line) startMs = Math.min(startMs, line.t);
    if (line.kind === 'client') traffic.sent(line);
    else if (line.kind === 'server') traffic.logged(line);
    else if (line.kind !== 'case') own.push(line);
  }
  const groups = traffic.finish();
  const entries = [
    ...own.flatMap((line) => describeLine(line, startMs)),
    ...groups.flatMap((group) => describeGroup(group, startMs)),
  ];
  return {
    ...(startMs === Infinity ? {} : { startMs }),
    cells: groups.map(({ phase, cell, client, ok, failures, reached, pods }) => ({
      ...{ phase, cell, sent: client.count, ok, failures, reached, pods },
    })),
    timeline: entries.sort((a, b) => a.atMs - b.atMs),
    flows: traffic.flows,
  };
}
