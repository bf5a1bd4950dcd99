/** Evidence made readable: what both ends saw, counted per cell, and a timeline that fits on a page. */
import type { ChangeLine, ClientLine, Evidence, EvidenceLine, GateLine, ServerLine } from '../src/evidence/records.js';
import { countOf, formatDuration } from './words.js';

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

export interface TimelineEntry {
  /** Since the first line of the case. */
  readonly atMs: number;
  readonly lane: 'change' | 'gate' | 'client' | 'server' | 'fact' | 'trouble';
  readonly phase: string;
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'plain';
}

/** Up to this many requests of a cell are shown one by one. */
const SHOWN_ONE_BY_ONE = 4;

interface Group {
  readonly phase: string;
  readonly cell: string;
  readonly client: ClientLine[];
  readonly server: ServerLine[];
}

/** What both ends saw, per phase and cell, in order of first sending. */
export function summariseTraffic(evidence: Evidence): readonly CellTraffic[] {
  return groupTraffic(evidence.lines).map(({ phase, cell, client, server }) => ({
    phase,
    cell,
    sent: client.length,
    ok: client.filter((line) => line.ok).length,
    failures: countBy(client.filter((line) => !line.ok).map(failureSignature)),
    reached: new Set(server.map((line) => line.id)).size,
    pods: countBy(server.map((line) => line.pod)),
  }));
}

/** At most `limit` entries in time order; big samples appear as one entry per end. `left` counts what did not fit. */
export function buildTimeline(
  evidence: Evidence,
  limit: number,
): { readonly entries: readonly TimelineEntry[]; readonly left: number } {
  const timed = evidence.lines.flatMap((line) => ('t' in line ? [line] : []));
  const startMs = timed.reduce((first, line) => Math.min(first, line.t), Infinity);
  const own = timed.flatMap((line) => describeLine(line, startMs));
  const traffic = groupTraffic(evidence.lines).flatMap((group) => describeGroup(group, startMs));
  const entries = [...own, ...traffic].sort((a, b) => a.atMs - b.atMs);
  return { entries: entries.slice(0, limit), left: Math.max(0, entries.length - limit) };
}

/** Server lines do not know their cell: they are joined to what the client sent by request id. */
function groupTraffic(lines: readonly EvidenceLine[]): readonly Group[] {
  const groups = new Map<string, Group>();
  const byRequest = new Map<string, Group>();
  const groupOf = (phase: string, cell: string): Group => {
    const key = JSON.stringify([phase, cell]);
    const group = groups.get(key) ?? { phase, cell, client: [], server: [] };
    groups.set(key, group);
    return group;
  };
  for (const line of lines) {
    if (line.kind !== 'client') continue;
    const group = groupOf(line.phase, line.cell);
    group.client.push(line);
    byRequest.set(line.id, group);
  }
  for (const line of lines) {
    if (line.kind === 'server') (byRequest.get(line.id) ?? groupOf(line.phase, '(no client record)')).server.push(line);
  }
  return [...groups.values()];
}

type TimedLine = Exclude<EvidenceLine, { kind: 'case' }>;

function describeLine(line: TimedLine, startMs: number): readonly TimelineEntry[] {
  const base = { atMs: line.t - startMs, phase: line.phase };
  switch (line.kind) {
    case 'change':
      return [{ ...base, lane: 'change', text: describeChange(line), tone: line.accepted ? 'plain' : 'bad' }];
    case 'gate':
      return [{ ...base, lane: 'gate', text: describeGate(line), tone: line.converged ? 'good' : 'bad' }];
    case 'fact':
      return [
        { ...base, lane: 'fact', text: `${line.name}: ${shorten(JSON.stringify(line.value), 200)}`, tone: 'plain' },
      ];
    case 'trouble':
      return [{ ...base, lane: 'trouble', text: `${line.verdict}: ${line.message}`, tone: 'bad' }];
    default:
      return [];
  }
}

function describeChange(line: ChangeLine): string {
  const { object } = line;
  const at = 'metadata' in object ? object.metadata : object;
  const place = at.namespace === undefined ? at.name : `${at.namespace}/${at.name}`;
  const answer = line.accepted ? 'accepted' : `refused${line.message === undefined ? '' : `: ${line.message}`}`;
  return `${line.action} ${object.kind} ${place}, ${answer}`;
}

function describeGate(line: GateLine): string {
  const probes = countOf(line.probes, 'probe');
  if (!line.converged) {
    const waiting = line.waitingFor === undefined ? '' : `, still waiting for ${line.waitingFor}`;
    return `not converged within ${formatDuration(line.deadlineMs)} (${probes})${waiting}`;
  }
  const first = line.firstMs === undefined ? [] : [`first seen after ${formatDuration(line.firstMs)}`];
  const stable = line.stableMs === undefined ? [] : [`stable after ${formatDuration(line.stableMs)}`];
  return ['converged', ...first, ...stable, probes].join(', ');
}

function describeGroup(group: Group, startMs: number): readonly TimelineEntry[] {
  const { phase, cell, client, server } = group;
  if (client.length <= SHOWN_ONE_BY_ONE && server.length <= SHOWN_ONE_BY_ONE) {
    return [
      ...client.map((line) => describeClient(line, startMs)),
      ...server.map((line) => describeServer(line, startMs)),
    ];
  }
  const failures = countBy(client.filter((line) => !line.ok).map(failureSignature));
  const ok = client.filter((line) => line.ok).length;
  const sent: TimelineEntry = {
    atMs: firstTime(client) - startMs,
    lane: 'client',
    phase,
    text: `${cell}: ${countOf(client.length, 'request')}, ${ok} ok${failures.size === 0 ? '' : `, ${describeCounts(failures)}`}`,
    tone: 'plain',
  };
  const logged: TimelineEntry = {
    atMs: firstTime(server) - startMs,
    lane: 'server',
    phase,
    text: `${cell}: ${countOf(server.length, 'request')} logged by ${describeCounts(countBy(server.map((line) => line.pod)))}`,
    tone: 'plain',
  };
  return [...(client.length > 0 ? [sent] : []), ...(server.length > 0 ? [logged] : [])];
}

function describeClient(line: ClientLine, startMs: number): TimelineEntry {
  const answer = line.ok ? `answered ${line.status ?? 'ok'}` : `failed: ${failureSignature(line)}`;
  const from = line.server === undefined ? '' : ` by ${line.server}`;
  return {
    atMs: line.t - startMs,
    lane: 'client',
    phase: line.phase,
    text: `${line.cell}: ${line.pod} sent ${line.id}, ${answer}${from} in ${formatDuration(line.ms)}`,
    tone: 'plain',
  };
}

function describeServer(line: ServerLine, startMs: number): TimelineEntry {
  const what = [line.method, line.path].filter((part) => part !== undefined).join(' ');
  return {
    atMs: line.t - startMs,
    lane: 'server',
    phase: line.phase,
    text: `${line.pod}:${line.port} logged ${line.id}${what === '' ? '' : ` ${what}`} (${line.protocol})`,
    tone: 'plain',
  };
}

function failureSignature(line: ClientLine): string {
  return line.error?.code ?? (line.status === undefined ? 'no answer' : String(line.status));
}

/** `403 × 12, ECONNRESET × 1`, most frequent first. */
export function describeCounts(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return sorted.map(([name, n]) => `${name} × ${n}`).join(', ');
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function firstTime(lines: readonly { readonly t: number }[]): number {
  return lines.reduce((first, line) => Math.min(first, line.t), Infinity);
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
