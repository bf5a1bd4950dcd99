/** Who answered what was only observed: the ground of readings. */
import type { Cell, Phase } from '../../src/cases/case.js';
import type { Exchange, Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';

export interface Answers {
  /** Pods that answered. */
  readonly pods: ReadonlySet<string>;
  readonly failed: number;
  readonly asked: number;
  /** `no answer×20, p1×20` */
  readonly tally: string;
}

export function answersTo(phase: Pick<Phase, 'name'>, cell: Pick<Cell, 'key'>, exchanges: Exchanges): Answers {
  const seen = exchanges.of(phase.name, cell.key);
  const answered = seen.filter(({ outcome }) => outcome === 'allow');
  return {
    pods: new Set(answered.map(podOf)),
    failed: seen.length - answered.length,
    asked: seen.length,
    tally: tally(seen),
  };
}

/** What keeps observed answers from being read: requests that are not on record, or of which both ends tell another story. */
export function unreadable(phase: Pick<Phase, 'name'>, cell: Cell, exchanges: Exchanges): readonly Finding[] {
  const seen = exchanges.of(phase.name, cell.key);
  const where = `${phase.name}: ${cell.key}`;
  if (seen.length < cell.count)
    return [invalid(`${where}: only ${seen.length} of ${cell.count} requests are on record`)];
  const torn = seen.filter(({ outcome }) => outcome === 'inconsistent').length;
  return torn === 0 ? [] : [invalid(`${where}: client and server disagree on ${torn} of ${seen.length} requests`)];
}

/** All of these pods answered, nobody else, and every request was answered. */
export function exactly({ pods, failed }: Answers, ...wanted: readonly string[]): boolean {
  return failed === 0 && pods.size === wanted.length && wanted.every((pod) => pods.has(pod));
}

/** Some of these pods answered every request. */
export function among({ pods, failed }: Answers, ...wanted: readonly string[]): boolean {
  return failed === 0 && pods.size > 0 && [...pods].every((pod) => wanted.includes(pod));
}

/** These pods answered some requests, and the others failed. */
export function partly({ pods, failed }: Answers, ...wanted: readonly string[]): boolean {
  return failed > 0 && pods.size === wanted.length && wanted.every((pod) => pods.has(pod));
}

export const nobody = ({ pods }: Answers): boolean => pods.size === 0;

export function tally(seen: readonly Exchange[]): string {
  const counts = new Map<string, number>();
  for (const exchange of seen) {
    const who = exchange.outcome === 'allow' ? podOf(exchange) : 'no answer';
    counts.set(who, (counts.get(who) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([who, count]) => `${who}×${count}`)
    .join(', ');
}

const podOf = ({ servers }: Exchange): string => servers[0]?.pod ?? '?';
