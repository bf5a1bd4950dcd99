/** One question of a case to the metrics API, asked again where the case waits for an answer. */
import { METRICS_FACT, type MetricsFact } from '../cases/metrics-fact.js';
import type { MetricsAnswer, MetricsQuestion } from '../cases/context.js';
import { API_VERSION } from '../metrics/resources.js';
import { now } from './clock.js';
import type { Lane } from './lane.js';
import { asJson } from './lane.js';
import { pause } from './pause.js';

const GAP_MS = 50;
const DEADLINE_MS = 60_000;

export async function askMetrics(
  lane: Lane,
  path: string,
  { as, until = () => true, deadlineMs = DEADLINE_MS }: MetricsQuestion,
  signal: AbortSignal,
): Promise<{ readonly answer: MetricsAnswer; readonly fact: { readonly name: string; readonly value: MetricsFact } }> {
  const endpoint = await lane.metrics.endpoint();
  const { source, lagMs, latencyLagMs = lagMs } = endpoint;
  const real = realPath(path, lane);
  const since = now();
  for (let asked = 1; ; asked += 1) {
    signal.throwIfAborted();
    const { status, body } = await endpoint.get(real, as);
    const answer: MetricsAnswer = { status, body, at: now(), source, lagMs, latencyLagMs };
    if (until(answer) || now() - since > deadlineMs) {
      const namespaces = Object.fromEntries(lane.namespaces().map((name) => [name, lane.logical(name)]));
      const value = { ...answer, path: real, asked, namespaces, ...(as === undefined ? {} : { as }) };
      return { answer, fact: { name: `${METRICS_FACT}${path}`, value: asJson(value) as unknown as MetricsFact } };
    }
    await pause(GAP_MS, signal);
  }
}

/** Paths that do not begin with `/apis` are below the API's own version. */
function realPath(path: string, lane: Lane): string {
  const below = path.startsWith('/apis') ? path : `/apis/${API_VERSION}${path}`;
  return below.replace(
    /\/namespaces\/(ns\d)(?=[/?]|$)/,
    (_whole, logical: string) => `/namespaces/${lane.namespace(logical)}`,
  );
}
