/** Milliseconds on the one monotonic clock that all processes of a host share; a process's own clocks start apart and drift apart. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
