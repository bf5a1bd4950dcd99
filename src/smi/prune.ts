import { crdSchema, withHeadersShape } from './crd-schemas.js';
import type { CrdSchema } from './crd-schemas.js';
import type { CrdValidationOptions } from './crd-validation.js';
import type { Json, KubeObject } from './model.js';
import { formatPath } from './problem.js';
import type { FieldPath } from './problem.js';
import { lookUpType } from './versions.js';

/** What an API server keeps of an object, and what it drops without a word. */
export interface Pruned {
  readonly manifest: KubeObject;
  /** Dropped fields, like `spec.destination.port`. */
  readonly pruned: readonly string[];
  readonly paths: readonly FieldPath[];
}

/** Fields of every Kubernetes object, which no CRD schema governs. */
const OBJECT_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** Drops the fields that a structural schema does not know, as an API server does when it stores an object. Other types stay as they are. */
export function pruneUnknown(manifest: KubeObject, options: CrdValidationOptions = {}): Pruned {
  const type = lookUpType(manifest.apiVersion, manifest.kind);
  const schema = type.status === 'known' ? crdSchema(type.group, type.version, type.kind) : undefined;
  if (schema === undefined) return { manifest, pruned: [], paths: [] };
  const paths: FieldPath[] = [];
  const shaped = withHeadersShape(schema, options.headers ?? 'map');
  const entries = Object.entries(manifest).flatMap(([key, value]) => {
    if (OBJECT_FIELDS.has(key)) return [[key, value]];
    return pruneField(key, value, shaped, [], paths);
  });
  const kept = Object.fromEntries(entries) as unknown as KubeObject;
  return { manifest: kept, pruned: paths.map(formatPath), paths };
}

function pruneValue(value: Json | undefined, schema: CrdSchema, path: FieldPath, paths: FieldPath[]): Json | undefined {
  if (isList(value)) {
    const { items } = schema;
    return items === undefined
      ? value
      : value.map((item, index) => pruneValue(item, items, [...path, index], paths) ?? null);
  }
  if (typeof value !== 'object' || value === null || schema.type !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) => pruneField(key, field, schema, path, paths)),
  );
}

function pruneField(
  key: string,
  value: Json | undefined,
  schema: CrdSchema,
  path: FieldPath,
  paths: FieldPath[],
): [string, Json | undefined][] {
  const known = schema.properties !== undefined && Object.hasOwn(schema.properties, key);
  const fieldSchema = known ? schema.properties[key] : schema.additionalProperties;
  if (fieldSchema !== undefined) return [[key, pruneValue(value, fieldSchema, [...path, key], paths)]];
  paths.push([...path, key]);
  return [];
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
