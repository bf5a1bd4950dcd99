/** When a slice does not count. Only causes are looked at, never its latencies: what is slow stays in. */
import { quantileAnyMs } from './quantiles.js';
import type { Recording } from '../load/recording.js';

const CAUSES = ['foreign-cpu', 'steal', 'send-lag', 'errors', 'not-offered'] as const;
export type Cause = (typeof CAUSES)[number];

const LIMITS = { foreignShare: 0.1, stealShare: 0.02, sendLagMs: 1, errorShare: 0.001, offeredShare: 0.995 } as const;

/** What the machine did during a slice, as shares of all its processors. Absent where nobody can see it from here. */
export interface HostShares {
  readonly foreign: number;
  readonly steal: number;
  /** Share of the time in which some task waited for a processor: told, never a gate, since our own load raises it. */
  readonly pressure?: number;
}

export type Load = Pick<Recording, 'due' | 'sent' | 'sendLag' | 'statuses'>;

/** Every cause for which this slice says nothing; none: it counts. */
export function findCauses(load: Load, host: HostShares | undefined): readonly Cause[] {
  const holds: Readonly<Record<Cause, boolean>> = {
    'foreign-cpu': host !== undefined && host.foreign > LIMITS.foreignShare,
    steal: host !== undefined && host.steal > LIMITS.stealShare,
    'send-lag': (quantileAnyMs(load.sendLag, 0.99) ?? 0) > LIMITS.sendLagMs,
    errors: load.due - goodAnswers(load) > LIMITS.errorShare * load.due,
    'not-offered': load.due === 0 || load.sent < LIMITS.offeredShare * load.due,
  };
  return CAUSES.filter((cause) => holds[cause]);
}

export function goodAnswers({ statuses }: Pick<Load, 'statuses'>): number {
  return Object.entries(statuses).reduce((sum, [status, count]) => sum + (/^2\d\d$/.test(status) ? count : 0), 0);
}
