/** Two processes, two clocks: what one says between a question and its answer bounds how far they are apart. */

export interface ClockReading {
  /** On our clock. */
  readonly sentAt: number;
  readonly answeredAt: number;
  /** On the other one, somewhere between the two. */
  readonly at: number;
}

/** By how much the other clock is ahead; 0 as long as the reading allows that they agree. */
export function clockOffset(reading: ClockReading | undefined): number {
  if (reading === undefined) return 0;
  const { sentAt, answeredAt, at } = reading;
  return at >= sentAt && at <= answeredAt ? 0 : at - (sentAt + answeredAt) / 2;
}

/** By how much the clock on the wall went ahead of the one that never steps, between two readings of both. */
export function clockStep(
  before: { readonly wall: number; readonly steady: number },
  after: { readonly wall: number; readonly steady: number },
): number {
  return after.wall - before.wall - (after.steady - before.steady);
}
