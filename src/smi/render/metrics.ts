import type { Json, ObjectReference, TrafficMetrics } from '../model.js';
import { present } from '../present.js';
import { renderQuantity } from './render-quantity.js';
import type { Loss, RenderedFields } from './rendered.js';

type JsonObject = { readonly [key: string]: Json | undefined };

/** The fields of TrafficMetrics v1alpha1. */
export function renderTrafficMetrics(metrics: TrafficMetrics): RenderedFields {
  const losses: Loss[] = [];
  const { resource, edge, backend, timestamp, window } = metrics;
  const fields = present<JsonObject>({
    resource: renderReference(resource),
    edge: edge && renderEdge(edge),
    backend: backend && { ...backend, weight: renderQuantity(backend.weight, 'backend.weight', losses) },
    timestamp,
    window,
    metrics: metrics.metrics.map(({ name, unit, value }, index) =>
      present<JsonObject>({ name, unit, value: renderQuantity(value, `metrics[${index}].value`, losses) }),
    ),
  });
  return { fields, losses };
}

function renderEdge({ direction, side, resource }: NonNullable<TrafficMetrics['edge']>): JsonObject {
  return present<JsonObject>({ direction, side, resource: resource && renderReference(resource) });
}

function renderReference({ kind, name, namespace, apiVersion }: ObjectReference): JsonObject {
  return present<JsonObject>({ kind, name, namespace, apiVersion });
}
