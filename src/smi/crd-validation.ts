import type { ValidateFunction } from 'ajv';
import { crdSchema, withHeadersShape } from './crd-schemas.js';
import { describeSchemaError } from './describe-schema-error.js';
import { createKubernetesAjv } from './kubernetes-ajv.js';
import type { HeadersShape } from './model.js';
import type { FieldPath, FieldProblem } from './problem.js';
import { explainUnknownType } from './unknown-type.js';
import { lookUpType } from './versions.js';

/** `headers` says which of the two shapes the schema has; the map is the default. */
export interface CrdValidationOptions {
  readonly headers?: HeadersShape;
}

/** RFC 1123 subdomain: what the API server demands of the name of every custom resource. */
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const validators = new Map<string, ValidateFunction>();
const ajv = createKubernetesAjv();

/**
 * Checks a manifest against the CRD schema of its own version, as an API server does at admission: unknown fields are no problem here
 * (they are pruned, see `pruneUnknown`). Returns all problems; an empty list means the object would be admitted.
 */
export function validateAgainstCrd(manifest: unknown, options: CrdValidationOptions = {}): FieldProblem[] {
  const { apiVersion, kind, metadata } = toFields(manifest);
  const type = lookUpType(toText(apiVersion), toText(kind));
  if (type.status !== 'known') return [explainUnknownType(type, toText(apiVersion), toText(kind))];
  const schema = crdSchema(type.group, type.version, type.kind);
  if (schema === undefined) throw new Error(`no schema for ${type.kind} in ${type.group} ${type.version}`);
  const headers = options.headers ?? 'map';
  const validate = remember(`${type.group}/${type.version}/${type.kind}/${headers}`, () =>
    ajv.compile(withHeadersShape(schema, headers)),
  );
  const nameless = type.kind === 'TrafficMetrics' && metadata === undefined;
  const problems = nameless ? [] : checkName(metadata);
  if (!validate(manifest)) problems.push(...(validate.errors ?? []).map(describeSchemaError));
  return problems.filter(isFirstOfItsPath);
}

function checkName(metadata: unknown): FieldProblem[] {
  if (typeof metadata !== 'object' || metadata === null) return [nameProblem(['metadata'], 'is missing')];
  const { name } = toFields(metadata);
  if (typeof name === 'string' && name.length <= 253 && OBJECT_NAME.test(name)) return [];
  const what = name === undefined || name === null ? 'is missing' : `${JSON.stringify(name)} is no valid object name`;
  return [nameProblem(['metadata', 'name'], what)];
}

function nameProblem(path: FieldPath, message: string): FieldProblem {
  const rule = 'the name of an object is an RFC 1123 subdomain';
  const hint = 'use lower-case letters, digits, "-" and "." and put quotes around a number';
  return { path, rule, message, hint, severity: 'error' };
}

/** One field often breaks several keywords; the first says it best. */
function isFirstOfItsPath(problem: FieldProblem, index: number, all: readonly FieldProblem[]): boolean {
  const key = JSON.stringify(problem.path);
  return all.findIndex((other) => JSON.stringify(other.path) === key) === index;
}

function remember(key: string, compile: () => ValidateFunction): ValidateFunction {
  const validator = validators.get(key) ?? compile();
  validators.set(key, validator);
  return validator;
}

function toFields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
