/** Durations as Go writes them, which Kubernetes does: `30s`, `1m30s`, `250ms`. */

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;

/** In milliseconds; null for a text that is no duration. */
export function parseDuration(text: string): number | null {
  if (!WHOLE.test(text)) return null;
  return [...text.matchAll(PART)].reduce((sum, [, value, unit = '']) => sum + Number(value) * (UNITS_MS[unit] ?? 0), 0);
}
