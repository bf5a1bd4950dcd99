/** What both ends saw of the traffic, counted line by line: of a million requests only the first few are kept. */
import type { ClientLine, ServerLine } from '../../src/evidence/records.js';
import { RequestTable } from './request-table.js';

/** Requests of one cell from one pod that ended alike; gates are left out. */
export interface Flow {
  readonly pod: string;
  readonly cell: string;
  /** The pod that answered, or how the requests failed. */
  readonly end: string;
  readonly ok: boolean;
  readonly requests: number;
}

/** Up to this many requests of a cell are shown one by one. */
export const SHOWN_ONE_BY_ONE = 4;

/** Counted as it comes; of the lines themselves only the first few are kept. */
export interface End<Line> {
  count: number;
  firstMs: number;
  readonly first: Line[];
}

export interface Group {
  readonly phase: string;
  readonly cell: string;
  ok: number;
  reached: number;
  readonly failures: Map<string, number>;
  readonly pods: Map<string, number>;
  readonly client: End<ClientLine>;
  readonly server: End<ServerLine>;
}

/** Server lines do not know their cell: they are joined to what the client sent by request id. */
export class Traffic {
  readonly #places = new Map<string, number>();
  readonly #inOrder: Group[] = [];
  readonly #requests = new RequestTable();
  /** Logged before its client told of it, or never told of. */
  readonly #unknown: ServerLine[] = [];
  readonly #flows = new Map<string, Flow>();

  get flows(): readonly Flow[] {
    return [...this.#flows.values()];
  }

  sent(line: ClientLine): void {
    const index = this.#groupOf(line.phase, line.cell);
    const group = this.#inOrder[index];
    if (group === undefined) return;
    this.#requests.set(line.id, index);
    keep(group.client, line);
    if (line.ok) group.ok += 1;
    else countUp(group.failures, failureSignature(line));
    if (!isGate(line.phase)) this.#flow(line);
  }

  logged(line: ServerLine): void {
    const index = this.#requests.get(line.id);
    if (index === undefined) this.#unknown.push(line);
    else this.#log(index, line);
  }

  finish(): readonly Group[] {
    for (const line of this.#unknown)
      this.#log(this.#requests.get(line.id) ?? this.#groupOf(line.phase, '(no client record)'), line);
    return this.#inOrder;
  }

  #log(index: number, line: ServerLine): void {
    const group = this.#inOrder[index];
    if (group === undefined) return;
    keep(group.server, line);
    countUp(group.pods, line.pod);
    if (this.#requests.reach(line.id)) group.reached += 1;
  }

  #flow({ pod, cell, server, ok, ...line }: ClientLine): void {
    const end = ok ? (server ?? 'answered') : failureSignature(line);
    const key = JSON.stringify([pod, cell, end, ok]);
    const requests = (this.#flows.get(key)?.requests ?? 0) + 1;
    this.#flows.set(key, { pod, cell, end, ok, requests });
  }

  #groupOf(phase: string, cell: string): number {
    const key = JSON.stringify([phase, cell]);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const group: Group = {
      ...{ phase, cell, ok: 0, reached: 0, failures: new Map(), pods: new Map() },
      client: { count: 0, firstMs: Infinity, first: [] },
      server: { count: 0, firstMs: Infinity, first: [] },
    };
    this.#places.set(key, this.#inOrder.length);
    return this.#inOrder.push(group) - 1;
  }
}

function keep<Line extends { readonly t: number }>(end: End<Line>, line: Line): void {
  end.count += 1;
  end.firstMs = Math.min(end.firstMs, line.t);
  if (end.first.length < SHOWN_ONE_BY_ONE) end.first.push(line);
}

const isGate = (phase: string): boolean => phase.endsWith(' (gate)');

export function failureSignature(line: Pick<ClientLine, 'error' | 'status'>): string {
  return line.error?.code ?? (line.status === undefined ? 'no answer' : String(line.status));
}

/** `403 × 12, ECONNRESET × 1`, most frequent first. */
export function describeCounts(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return sorted.map(([name, n]) => `${name} × ${n}`).join(', ');
}

function countUp(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
