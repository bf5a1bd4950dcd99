/** The same function, but a call waits until the one before is over; what one call throws does not stop the next. */
export function oneAtATime<Args extends readonly unknown[]>(
  work: (...args: Args) => Promise<void>,
): (...args: Args) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  return (...args) => {
    const mine = last.catch(() => undefined).then(() => work(...args));
    last = mine;
    return mine;
  };
}
