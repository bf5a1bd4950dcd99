/** Changes of answers of the metrics API, wherever in an answer the objects stand. */
import type { Tamper } from '../../../../src/metrics/serve.js';
import type { Answer } from '../../../../src/metrics/status.js';
import type { Json } from '../../../../src/smi/model.js';

export type JsonObject = { readonly [key: string]: Json | undefined };

export const BASE = '/apis/metrics.smi-spec.io/v1alpha1';

/** Changes every TrafficMetrics of an answer, in a list or alone. */
export function changingObjects(change: (object: JsonObject) => JsonObject): Tamper {
  return (path, ask) => {
    const answer = ask(path);
    const { kind } = asObject(answer.body);
    if (kind === 'TrafficMetrics') return { ...answer, body: change(asObject(answer.body)) };
    return kind === 'TrafficMetricsList' ? withItems(answer, itemsOf(answer).map(change)) : answer;
  };
}

/** Changes the metrics of each of them, by name. */
export function changingMetrics(
  change: (metrics: Readonly<Record<string, JsonObject>>) => Record<string, JsonObject>,
): Tamper {
  return changingObjects((object) => {
    const metrics = (object['metrics'] ?? []) as readonly JsonObject[];
    const named = Object.fromEntries(metrics.map((metric) => [metric['name'] as string, metric]));
    return { ...object, metrics: Object.values(change(named)) };
  });
}

export function itemsOf({ body }: Answer): readonly JsonObject[] {
  return (asObject(body)['items'] ?? []) as readonly JsonObject[];
}

export function withItems(answer: Answer, items: readonly JsonObject[]): Answer {
  return { ...answer, body: { ...asObject(answer.body), items } };
}

export function asObject(body: Json | undefined): JsonObject {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as JsonObject) : {};
}

/** Of a metric that counts. */
export function countOf(metric: JsonObject | undefined): number {
  return Number(metric?.['value'] ?? 0);
}
