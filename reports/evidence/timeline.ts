/** What happened when, in words: changes, gates, facts, and the traffic of each cell at either end. */
import type { ChangeLine, ClientLine, EvidenceLine, GateLine, ServerLine } from '../../src/evidence/records.js';
import { countOf, formatDuration, shorten } from '../words.js';
import { describeCounts, failureSignature, SHOWN_ONE_BY_ONE, type Group } from './traffic.js';

export interface TimelineEntry {
  /** Since the first line of the case. */
  readonly atMs: number;
  readonly lane: 'change' | 'gate' | 'client' | 'server' | 'fact' | 'trouble';
  readonly phase: string;
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'plain';
}

export type TimedLine = Exclude<EvidenceLine, { kind: 'case' }>;

export function describeLine(line: TimedLine, startMs: number): readonly TimelineEntry[] {
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

export function describeGroup(group: Group, startMs: number): readonly TimelineEntry[] {
  const { phase, cell, client, server, ok, failures, pods } = group;
  if (client.count <= SHOWN_ONE_BY_ONE && server.count <= SHOWN_ONE_BY_ONE) {
    return [
      ...client.first.map((line) => describeClient(line, startMs)),
      ...server.first.map((line) => describeServer(line, startMs)),
    ];
  }
  const sent: TimelineEntry = {
    atMs: client.firstMs - startMs,
    lane: 'client',
    phase,
    text: `${cell}: ${countOf(client.count, 'request')}, ${ok} ok${failures.size === 0 ? '' : `, ${describeCounts(failures)}`}`,
    tone: 'plain',
  };
  const logged: TimelineEntry = {
    atMs: server.firstMs - startMs,
    lane: 'server',
    phase,
    text: `${cell}: ${countOf(server.count, 'request')} logged by ${describeCounts(pods)}`,
    tone: 'plain',
  };
  return [...(client.count > 0 ? [sent] : []), ...(server.count > 0 ? [logged] : [])];
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
