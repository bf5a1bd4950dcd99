/** What somebody's metrics API answered, read with care: by the decoder of the model and against the schema made from the text. */
import { validateAgainstCrd } from '../smi/crd-validation.js';
import { decodeManifest } from '../smi/from-manifest.js';
import type { Json, ObjectReference, TrafficMetrics } from '../smi/model.js';
import { formatPath } from '../smi/problem.js';
import { parseDuration } from './duration.js';
import { API_VERSION, VERSION } from './resources.js';

export const COUNTS = ['success_count', 'failure_count'] as const;
export const PERCENTILES = ['p50_response_latency', 'p90_response_latency', 'p99_response_latency'] as const;

/** One TrafficMetrics, as numbers. */
export interface Reading {
  readonly metrics: TrafficMetrics;
  /** Milliseconds since the epoch; not a number when they cannot be read. */
  readonly from: number;
  readonly to: number;
  readonly success: number;
  readonly failure: number;
  /** In seconds, whatever the unit, by name; absent without a unit that is known. */
  readonly latency: Readonly<Record<string, number>>;
  /** What is wrong with it, in words. */
  readonly problems: readonly string[];
}

export interface ListReading {
  readonly kind: string;
  readonly resource: ObjectReference;
  readonly selector: Json | undefined;
  /** Undefined: there is no list of items. */
  readonly items: readonly Reading[] | undefined;
}

type JsonObject = { readonly [key: string]: Json | undefined };

const UNITS: Readonly<Record<string, number>> = {
  s: 1,
  second: 1,
  seconds: 1,
  ms: 1e-3,
  millisecond: 1e-3,
  milliseconds: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  microseconds: 1e-6,
  ns: 1e-9,
  nanoseconds: 1e-9,
};

export function readMetrics(body: Json): Reading {
  const manifest = asManifest(asObject(body));
  const { object, problems } = decodeManifest(manifest, 'TrafficMetrics', VERSION);
  const metrics = object as TrafficMetrics;
  const to = Date.parse(String(metrics.timestamp));
  const named = (name: string) => (metrics.metrics ?? []).find((metric) => metric.name === name);
  const told = new Set(
    [...problems, ...validateAgainstCrd(manifest)].map(({ path, message }) => `${formatPath(path)} ${message}`.trim()),
  );
  return {
    metrics,
    to,
    from: to - (parseDuration(String(metrics.window)) ?? Number.NaN),
    success: named('success_count')?.value ?? Number.NaN,
    failure: named('failure_count')?.value ?? Number.NaN,
    latency: Object.fromEntries(
      PERCENTILES.flatMap((name) => {
        const { unit = '', value = Number.NaN } = named(name) ?? {};
        const factor = UNITS[unit];
        return factor === undefined ? [] : [[name, value * factor]];
      }),
    ),
    problems: [...told],
  };
}

export function readList(body: Json): ListReading {
  const { kind, resource, selector, items } = asObject(body);
  return {
    kind: typeof kind === 'string' ? kind : '',
    resource: asObject(resource),
    selector,
    items: Array.isArray(items) ? (items as readonly Json[]).map(readMetrics) : undefined,
  };
}

/** Every object of an answer, be it one or a list of them; none where it is something else. */
export function readAnswer(body: Json): readonly Reading[] {
  const { kind } = asObject(body);
  if (kind === 'TrafficMetrics') return [readMetrics(body)];
  return kind === 'TrafficMetricsList' ? (readList(body).items ?? []) : [];
}

/** Items of a list need not say what they are, and the text prints them without metadata, which servers may leave half empty. */
function asManifest({ metadata, ...body }: JsonObject): JsonObject {
  const typed = { ...body, apiVersion: API_VERSION, kind: 'TrafficMetrics' };
  return typeof asObject(metadata)['name'] === 'string' && asObject(metadata)['name'] !== ''
    ? { ...typed, metadata }
    : typed;
}

function asObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
