/** What was seen around one change: for each proxy its probes in the order of sending, and what each answer showed. */

/** old and new: the state before the change and after it; error: neither. */
export type Look = 'old' | 'new' | 'error';

export interface Probe {
  /** When it was sent, in milliseconds since the epoch. */
  readonly t: number;
  /** Until its answer. */
  readonly ms: number;
  readonly look: Look;
  /** The gap in force when it was sent. */
  readonly gapMs: number;
}

export interface ProxyTimeline {
  readonly proxy: string;
  readonly probes: readonly Probe[];
}

export interface FlipTimeline {
  /** T0: the request went to the API. */
  readonly requestedAt: number;
  /** T1: the API had accepted all of it. */
  readonly acceptedAt: number;
  /** The last moment that was watched. */
  readonly endedAt: number;
  readonly proxies: readonly ProxyTimeline[];
}

/** So many answers in a row make a state stable: with half of the answers old they would come by chance once in a million. */
export const STABLE_RUN = 20;
