/** Milliseconds since the epoch, with a fraction: the clock of all evidence, on the harness's end as on the agents'. */
export const now = (): number => performance.timeOrigin + performance.now();
