/** How long a change may take to show; cut once a mesh has used it up, so that a stuck mesh costs minutes, not hours. */
export interface Patience {
  readonly deadlineMs: number;
  readonly shortMs: number;
  /** Of a case that may stop a mesh, and runs alone: its first passed deadline says so, and its control is waited for in full. */
  readonly alone: boolean;
  /** Gates in a row that passed their deadline. */
  exceeded: number;
  /** The longest that a gate has taken here. */
  slowestMs: number;
  /** The control plane was taken away and brought back, and no gate has opened since. */
  restarted: boolean;
}

/** Three in a row: one gate may fall to a case beside it, or to a busy machine. */
const PATIENT_GATES = 3;
/** The deadline for a mesh that no longer follows: a fifth of the full one, and no more than that where the full one is short. */
const SHORT_DEADLINE = { share: 0.2, leastMs: 1_000 } as const;

/** Proxies that lost their control plane come back when their own pauses, which grow to half a minute, are over. */
const AFTER_RESTART = 3;

/** What took no longer in company is overdue, for a case that has none, well before the deadline of all. */
const ALONE_SLACK = 1.5;

export function patienceOf(deadlineMs: number): Patience {
  const shortMs = Math.min(deadlineMs, Math.max(SHORT_DEADLINE.leastMs, SHORT_DEADLINE.share * deadlineMs));
  return { deadlineMs, shortMs, alone: false, exceeded: 0, slowestMs: 0, restarted: false };
}

/** For a case that runs alone: it may forget how the others ended, but not how long they took. */
export function patienceForOne(patience: Patience): Patience {
  return { ...patience, alone: true, exceeded: 0 };
}

/** The next gate may take longer than others. */
export function noteRestart(patience: Patience): void {
  patience.restarted = true;
}

/** Takes notice of how a gate ended. */
export function learn(patience: Patience, { converged, tookMs }: { converged: boolean; tookMs: number }): void {
  const { restarted } = patience;
  patience.restarted = false;
  patience.exceeded = converged ? 0 : patience.exceeded + 1;
  if (converged && !restarted) patience.slowestMs = Math.max(patience.slowestMs, tookMs);
}

/** The deadline of the next gate, and whether it is a shortened one. */
export function nextDeadline(patience: Patience, isControl: boolean): { deadlineMs: number; shortened: boolean } {
  const { deadlineMs, shortMs, alone, exceeded, slowestMs, restarted } = patience;
  if (restarted) return { deadlineMs: AFTER_RESTART * deadlineMs, shortened: false };
  const whole = { deadlineMs, shortened: false };
  if (alone && isControl) return whole;
  if (exceeded >= (alone ? 1 : PATIENT_GATES)) return { deadlineMs: shortMs, shortened: shortMs < deadlineMs };
  const overdueMs = alone && slowestMs > 0 ? Math.max(shortMs, ALONE_SLACK * slowestMs) : deadlineMs;
  return { deadlineMs: Math.min(deadlineMs, overdueMs), shortened: false };
}
