/** What the harness asks of the simulator, which is a process of its own so that its work is not taken for the control plane's. */
import type { XdsNode, XdsServer } from '../mesh/driver.js';
import type { Usage } from '../../fixtures/agent/protocol.js';

export interface ConnectQuestion {
  readonly server: XdsServer;
  readonly nodes: readonly XdsNode[];
  readonly xds: 'sotw' | 'delta';
  readonly seed: number;
  readonly deadlineMs: number;
}

/** A change to look out for: clusters whose names hold the marker come or go. */
export interface WatchQuestion {
  readonly marker: string;
  readonly kind: 'appears' | 'disappears';
  readonly deadlineMs: number;
}

/** Per proxy, on the monotonic clock of the host; NaN for one that did not get there before the deadline. */
export interface Sighting {
  /** The response with the change was there. */
  readonly receivedAt: Float64Array;
  /** Its acknowledgement was on its way. */
  readonly acknowledgedAt: Float64Array;
  /** The endpoints of the new clusters were acknowledged as well: the proxy has all it needs to use them. */
  readonly completedAt: Float64Array;
}

/** Since the simulator started. */
export interface Tally {
  readonly connected: number;
  readonly responses: number;
  readonly bytes: number;
  readonly acknowledged: number;
  /** Responses that could not be read, in the words of what went wrong. */
  readonly refused: readonly string[];
  /** Streams that ended by themselves after they had been served. */
  readonly broken: number;
  /** Streams that had to be opened again before they were served. */
  readonly retries: number;
  readonly usage: Usage;
  /** 99th percentile of how late the simulator's own event loop was since the last tally, in milliseconds. */
  readonly lagP99Ms: number;
}

/** Questions and their answers, by name. */
export interface SimulatorCalls {
  /** Answers how long it took until every proxy had all it asked for. */
  connect: { readonly question: ConnectQuestion; readonly answer: { readonly elapsedMs: number } };
  /** Answers at once: from now on everything counts. */
  watch: { readonly question: WatchQuestion; readonly answer: null };
  /** Answers when every proxy has seen the change, or at the deadline. */
  seen: { readonly question: null; readonly answer: Sighting };
  /** Answers when nothing has come for so long. */
  quiet: { readonly question: { readonly forMs: number; readonly deadlineMs: number }; readonly answer: null };
  tally: { readonly question: null; readonly answer: Tally };
}
export type SimulatorCall = keyof SimulatorCalls;

export type QuestionMessage = {
  [C in SimulatorCall]: { readonly id: number; readonly call: C; readonly question: SimulatorCalls[C]['question'] };
}[SimulatorCall];

export type AnswerMessage =
  { readonly id: number; readonly answer: unknown } | { readonly id: number; readonly error: string };
