/** For who only asks whether a case fails: it may end at its first violation, which nothing that comes later could take back. */
import type { ClientRecord } from '../../fixtures/agent/protocol.js';
import type { Phase } from '../cases/case.js';
import { judgeCells } from '../judge/cells.js';
import type { Exchange, Exchanges } from '../judge/exchanges.js';
import { judgeSamples } from '../judge/shares.js';

/** Thrown through a case that need not go on. */
export class EndedEarly extends Error {}

/**
 * Whether the clients' side alone shows a violation. What the servers saw has not been fetched yet: the judge of the sealed evidence
 * has the last word, and a case that it does not find failed must be run to its end.
 */
export function showsViolation(phase: Phase, records: readonly ClientRecord[]): boolean {
  const seen: Exchanges = {
    of: (_phase, cell) => records.filter((record) => record.cell === cell).map((record) => asTold(phase, record)),
    gate: () => undefined,
  };
  const findings = [...judgeCells(phase, seen), ...judgeSamples(phase, seen).findings];
  return findings.some(({ kind }) => kind !== 'invalid');
}

/** What a client cannot tell of its server, and no judge of cells or samples asks. */
const SERVER = { kind: 'server', seq: 0, protocol: 'http/1.1', port: 0, conn: 0 } as const;

/** An exchange as its client tells it. */
function asTold(phase: Phase, record: ClientRecord): Exchange {
  const { id, ok, server, t } = record;
  return {
    client: { ...record, phase: phase.name },
    servers: ok && server !== undefined ? [{ ...SERVER, id, pod: server, phase: phase.name, t }] : [],
    outcome: ok ? 'allow' : 'deny',
  };
}
