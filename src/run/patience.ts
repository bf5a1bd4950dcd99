/** How long a change may take to show; cut while a lane has used it up several times in a row, so that a stuck mesh costs minutes, not hours. */
export interface Patience {
  readonly deadlineMs: number;
  readonly shortMs: number;
  /** Gates in a row that passed their deadline. */
  exceeded: number;
}

/** After so many in a row the mesh has shown that it does not follow. */
const PATIENT_GATES = 3;

/** The deadline of the next gate, and whether it is a shortened one. */
export function nextDeadline({ deadlineMs, shortMs, exceeded }: Patience): { deadlineMs: number; shortened: boolean } {
  const shortened = exceeded >= PATIENT_GATES && shortMs < deadlineMs;
  return { deadlineMs: shortened ? shortMs : deadlineMs, shortened };
}
