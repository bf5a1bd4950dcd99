/** What the configuration may ask of a load; what it leaves out is not asked. */
export interface LoadLimits {
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  /** Failed requests by all requests, 0 to 1. */
  readonly errorRatio?: number;
}
