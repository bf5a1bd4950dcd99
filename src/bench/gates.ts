/** When a slice does not count. Only causes are looked at, never its latencies: what is slow stays in. */
import { QUANTILES, quantileAnyMs, type QuantileName } from './quantiles.js';
import type { Recording } from '../load/recording.js';

const WHOLE_CAUSES = ['foreign-cpu', 'errors', 'not-offered'] as const;
type WholeCause = (typeof WHOLE_CAUSES)[number];
/** Time was stolen, or the generator late: what that spoils are the quantiles that it reaches, and no others. */
const PART_CAUSES = ['steal', 'send-lag'] as const;
type PartCause = `${(typeof PART_CAUSES)[number]} ${QuantileName}`;
export type Cause = WholeCause | PartCause;

const LIMITS = { foreignShare: 0.1, errorShare: 0.001, offeredShare: 0.995 } as const;
/** Share of the time: what is stolen in a share s moves the quantile q to q + s at most. */
const MOST_STOLEN: Readonly<Record<QuantileName, number>> = { p50: 0.1, p90: 0.04, p95: 0.02, p99: 0.02 };
/** In the middle a tenth of a millisecond matters; the tail of a request is itself milliseconds. */
export const LATEST_MS: Readonly<Record<QuantileName, number>> = { p50: 0.1, p90: 0.5, p95: 1, p99: 1 };

/** What the machine did during a slice, as shares of all its processors. Absent where nobody can see it from here. */
export interface HostShares {
  readonly foreign: number;
  readonly steal: number;
  /** Share of the time in which some task waited for a processor: told, never a gate, since our own load raises it. */
  readonly pressure?: number;
}

export type Load = Pick<Recording, 'due' | 'sent' | 'sendLag' | 'statuses'>;

/** Every cause for which this slice says nothing, or nothing of one quantile. */
export function findCauses(load: Load, host: HostShares | undefined): readonly Cause[] {
  const holds: Readonly<Record<WholeCause, boolean>> = {
    'foreign-cpu': host !== undefined && host.foreign > LIMITS.foreignShare,
    errors: load.due - goodAnswers(load) > LIMITS.errorShare * load.due,
    'not-offered': load.due === 0 || load.sent < LIMITS.offeredShare * load.due,
  };
  const stolen = QUANTILES.filter(({ name }) => host !== undefined && host.steal > MOST_STOLEN[name]);
  const late = QUANTILES.filter(({ name, q }) => (quantileAnyMs(load.sendLag, q) ?? 0) > LATEST_MS[name]);
  return [
    ...WHOLE_CAUSES.filter((cause) => holds[cause]),
    ...stolen.map(({ name }): PartCause => `steal ${name}`),
    ...late.map(({ name }): PartCause => `send-lag ${name}`),
  ];
}

/** Of these causes, those for which a slice says nothing of the quantile; without one, nothing at all. */
export function spoiling<C extends string>(causes: readonly C[], quantile?: QuantileName): readonly C[] {
  return causes.filter(
    (cause) => !PART_CAUSES.some((part) => cause.startsWith(part)) || cause.endsWith(` ${quantile}`),
  );
}

export function goodAnswers({ statuses }: Pick<Load, 'statuses'>): number {
  return Object.entries(statuses).reduce((sum, [status, count]) => sum + (/^2\d\d$/.test(status) ? count : 0), 0);
}
