/** How long a change may take to show; cut once a mesh has used it up, so that a stuck mesh costs minutes, not hours. */
export interface Patience {
  readonly deadlineMs: number;
  readonly shortMs: number;
  /** Of a case that may stop a mesh, and runs alone: its first passed deadline says so, and its control is waited for in full. */
  readonly alone: boolean;
  /** Gates in a row that passed their deadline. */
  exceeded: number;
}

/** Three in a row: one gate may fall to a case beside it, or to a busy machine. */
const PATIENT_GATES = 3;
/** The deadline for a mesh that no longer follows: a fifth of the full one, and no more than that where the full one is short. */
const SHORT_DEADLINE = { share: 0.2, leastMs: 1_000 } as const;

export function patienceOf(deadlineMs: number): Patience {
  const shortMs = Math.min(deadlineMs, Math.max(SHORT_DEADLINE.leastMs, SHORT_DEADLINE.share * deadlineMs));
  return { deadlineMs, shortMs, alone: false, exceeded: 0 };
}

export function patienceForOne(patience: Patience): Patience {
  return { ...patience, alone: true, exceeded: 0 };
}

/** The deadline of the next gate, and whether it is a shortened one. */
export function nextDeadline(
  { deadlineMs, shortMs, alone, exceeded }: Patience,
  isControl: boolean,
): { deadlineMs: number; shortened: boolean } {
  const isStuck = alone ? exceeded > 0 && !isControl : exceeded >= PATIENT_GATES;
  const shortened = isStuck && shortMs < deadlineMs;
  return { deadlineMs: shortened ? shortMs : deadlineMs, shortened };
}
