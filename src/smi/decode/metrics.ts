import type { Metric, ObjectMeta, ObjectReference, TrafficMetrics } from '../model.js';
import { present } from '../present.js';
import type { Cursor } from './cursor.js';

/** Reads TrafficMetrics v1alpha1. */
export function decodeTrafficMetrics(body: Cursor, metadata: ObjectMeta): TrafficMetrics {
  return present<TrafficMetrics>({
    kind: 'TrafficMetrics',
    metadata,
    resource: decodeReference(body.at('resource')),
    edge: body.at('edge').isAbsent ? undefined : decodeEdge(body.at('edge')),
    backend: body.at('backend').isAbsent ? undefined : decodeBackend(body.at('backend')),
    timestamp: body.at('timestamp').string(),
    window: body.at('window').string(),
    metrics: body.at('metrics').list(decodeMetric),
  });
}

function decodeReference(reference: Cursor): ObjectReference {
  reference.object();
  return present<ObjectReference>({
    kind: reference.at('kind').optionalString(),
    name: reference.at('name').optionalString(),
    namespace: reference.at('namespace').optionalString(),
    apiVersion: reference.at('apiVersion').optionalString(),
  });
}

function decodeEdge(edge: Cursor): NonNullable<TrafficMetrics['edge']> {
  edge.object();
  const side = edge.at('side');
  const resource = edge.at('resource');
  return present<NonNullable<TrafficMetrics['edge']>>({
    direction: oneOf(edge.at('direction'), ['to', 'from']),
    side: side.isAbsent ? undefined : oneOf(side, ['client', 'server']),
    resource: resource.isAbsent ? undefined : decodeReference(resource),
  });
}

function decodeBackend(backend: Cursor): NonNullable<TrafficMetrics['backend']> {
  backend.object();
  return {
    apex: backend.at('apex').string(),
    name: backend.at('name').string(),
    weight: backend.at('weight').quantity(),
  };
}

function decodeMetric(metric: Cursor): Metric {
  metric.object();
  return present<Metric>({
    name: metric.at('name').string(),
    unit: metric.at('unit').optionalString(),
    value: metric.at('value').quantity(),
  });
}

function oneOf<const T extends string>(field: Cursor, allowed: readonly [T, ...T[]]): T {
  return allowed.find((value) => value === field.value) ?? field.expected(allowed.join(' or '), allowed[0]);
}
