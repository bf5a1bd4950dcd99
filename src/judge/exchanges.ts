/** Joins what both ends saw: the only ground on which access is judged. */
import type { ClientLine, Evidence, GateLine, ServerLine } from '../evidence/records.js';

/**
 * allow: the client got an answer and a server logged the id. deny: the client failed and no server logged it.
 * Anything else is inconsistent: an answer nobody gave, or a request that arrived though its sender saw a failure.
 */
export type Outcome = 'allow' | 'deny' | 'inconsistent';

export interface Exchange {
  readonly client: ClientLine;
  readonly servers: readonly ServerLine[];
  readonly outcome: Outcome;
}

export interface Exchanges {
  of(phase: string, cell: string): readonly Exchange[];
  gate(phase: string): GateLine | undefined;
}

export function joinExchanges(evidence: Evidence): Exchanges {
  const servers = new Map<string, ServerLine[]>();
  const gates = new Map<string, GateLine>();
  for (const line of evidence.lines) {
    if (line.kind === 'server' && line.id !== '') append(servers, line.id, line);
    if (line.kind === 'gate') gates.set(line.phase, line);
  }
  const cells = new Map<string, Exchange[]>();
  for (const line of evidence.lines) {
    if (line.kind !== 'client') continue;
    const seen = servers.get(line.id) ?? [];
    append(cells, key(line.phase, line.cell), {
      client: line,
      servers: seen,
      outcome: outcomeOf(line.ok, seen.length > 0),
    });
  }
  return { of: (phase, cell) => cells.get(key(phase, cell)) ?? [], gate: (phase) => gates.get(phase) };
}

function outcomeOf(answered: boolean, arrived: boolean): Outcome {
  if (answered && arrived) return 'allow';
  return !answered && !arrived ? 'deny' : 'inconsistent';
}

/** How a refusal looked, as data: `403`, `ECONNRESET`, `503`. Never decides anything. */
export function signatures(exchanges: readonly Exchange[]): string {
  const counts = new Map<string, number>();
  for (const { client } of exchanges) {
    const sign = client.error?.code ?? String(client.status ?? 'no answer');
    counts.set(sign, (counts.get(sign) ?? 0) + 1);
  }
  return [...counts].map(([sign, count]) => `${sign}×${count}`).join(', ');
}

const key = (phase: string, cell: string): string => `${phase}\u0000${cell}`;

function append<T>(map: Map<string, T[]>, at: string, value: T): void {
  const list = map.get(at);
  if (list === undefined) map.set(at, [value]);
  else list.push(value);
}
