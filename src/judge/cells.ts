/** Judges allow/deny cells: evidence from both ends, controls in the same moment, every answer counted. */
import type { Cell, Phase } from '../cases/case.js';
import { clientControlKey, serverControlKey } from '../cases/controls.js';
import { signatures, type Exchange, type Exchanges } from './exchanges.js';
import { invalid, unmet, type Finding } from './findings.js';

/** Every finding of one phase's cells. */
export function judgeCells(phase: Phase, exchanges: Exchanges): Finding[] {
  return (phase.cells ?? []).flatMap((cell) => judgeCell(phase, cell, exchanges));
}

function judgeCell(phase: Phase, cell: Cell, exchanges: Exchanges): Finding[] {
  if (cell.expect === 'observe') return [];
  const seen = exchanges.of(phase.name, cell.key);
  const where = `${phase.name}: ${describeCell(cell)}`;
  if (seen.length < cell.count)
    return [invalid(`${where}: only ${seen.length} of ${cell.count} requests are on record`)];
  const inconsistent = seen.filter((exchange) => exchange.outcome === 'inconsistent');
  const wrong = seen.filter((exchange) => exchange.outcome !== cell.expect && exchange.outcome !== 'inconsistent');
  if (cell.expect === 'allow') {
    if (wrong.length + inconsistent.length === 0) return [];
    return [
      unmet(
        phase,
        exchanges,
        `${where}: expected ALLOW, ${refusal(wrong.length, inconsistent.length, seen.length)} (${signatures([...wrong, ...inconsistent])})`,
      ),
    ];
  }
  const arrived = inconsistent.filter((exchange) => exchange.servers.length > 0);
  if (wrong.length + arrived.length > 0) {
    return [
      unmet(
        phase,
        exchanges,
        `${where}: expected DENY, ${wrong.length + arrived.length} of ${seen.length} reached ${servers([...wrong, ...arrived])}`,
      ),
    ];
  }
  if (inconsistent.length > 0) return [invalid(`${where}: ${inconsistent.length} answers that no server gave`)];
  return judgeControls(phase, cell, exchanges, where);
}

/** A request that only one end knows of has not come through either, but it was not refused. */
function refusal(refused: number, torn: number, all: number): string {
  const parts = [
    ...(refused > 0 ? [`${refused} of ${all} were refused`] : []),
    ...(torn > 0 ? [`on ${torn} of ${all} client and server disagree`] : []),
  ];
  return parts.join(' and ');
}

/** A denial counts only when the same client reached something and somebody reached the same server, in the same moment. */
function judgeControls(phase: Phase, cell: Cell, exchanges: Exchanges, where: string): Finding[] {
  const controls = phase.bare === true ? [clientControlKey(cell)] : [clientControlKey(cell), serverControlKey(cell)];
  return controls.flatMap((control) => {
    const seen = exchanges.of(phase.name, control);
    const askers = [...new Set(seen.map(({ client }) => client.pod))];
    const failed = seen.filter((exchange) => exchange.outcome !== 'allow');
    // Several may be entitled to ask: one of them, answered every time, is enough.
    if (askers.some((pod) => !failed.some(({ client }) => client.pod === pod))) return [];
    const what =
      seen.length === 0 ? 'is missing' : `failed ${failed.length} of ${seen.length} times (${signatures(failed)})`;
    return [invalid(`${where}: denied, but its control ${control} ${what}`)];
  });
}

/** So many are named with their values. */
const FEW_HEADERS = 3;

export function describeCell(cell: Cell): string {
  const what =
    cell.protocol === 'tcp' || cell.protocol === 'udp'
      ? cell.protocol.toUpperCase()
      : `${cell.method ?? 'GET'} ${cell.path ?? '/'}`;
  const { headers: all = [] } = cell;
  const headers =
    all.length > FEW_HEADERS
      ? ` with ${all.length} headers from ${all[0]?.[0]} to ${all.at(-1)?.[0]}`
      : all.map(([name, value]) => ` ${name}: ${value}`).join(',');
  return `${cell.from} → ${cell.to} ${what}${headers}${cell.way === undefined ? '' : ` by ${cell.way}`}`;
}

function servers(exchanges: readonly Exchange[]): string {
  return [
    ...new Set(
      exchanges.flatMap(({ servers: seen, client }) =>
        seen.length > 0 ? seen.map(({ pod }) => pod) : [client.server ?? '?'],
      ),
    ),
  ].join(', ');
}
