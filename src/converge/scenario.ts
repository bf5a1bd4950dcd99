/** What a series of changes is made of: the proxies that are watched, and one change after the other. */
import type { ProbeRecord } from '../../fixtures/agent/protocol.js';
import type { StreamSpec } from './probe-set.js';
import type { Look } from './timeline.js';

/** When a change was asked for and accepted. */
export interface Applied {
  readonly requestedAt: number;
  readonly acceptedAt: number;
  /** Acceptance of the first of several changes that were made at once. */
  readonly firstAcceptedAt?: number;
  /** The control plane was away from here until acceptance; what else there is to say of that time. */
  readonly downSince?: number;
  readonly note?: string;
}

/** One change that is about to be made. */
export interface Flip {
  /** What it is called in the report; undefined: made for the next one's sake, and not measured. */
  readonly change: string | undefined;
  look(stream: number, record: ProbeRecord): Look;
  /** Sees what a stream sees before the change: for changes whose old state is not known beforehand. */
  learn?(stream: number, records: readonly ProbeRecord[]): void;
  /** Calls `ready` right before the request from which time counts: probes are frequent from then on. */
  apply(ready: () => Promise<void>): Promise<Applied>;
  /** Called when every proxy showed the change. */
  taken(): void;
  /** Called when one did not: back to where it began. */
  revert(): Promise<void>;
}

export interface Scenario {
  /** Names of the changes it makes, in the order of the report. */
  readonly changes: readonly string[];
  readonly streams: readonly StreamSpec[];
  /** Something else changes as well, so that what proxies and control plane say of themselves is not about the change. */
  readonly isDisturbed?: true;
  /** Traffic beside the probes: errors in it are glitches. */
  readonly traffic?: readonly StreamSpec[];
  /** Brings the cluster where the first change can begin. */
  begin(): Promise<void>;
  next(): Flip;
  /** Undoes what `begin` and the changes did. */
  end(): Promise<void>;
}
