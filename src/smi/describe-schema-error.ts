import type { ErrorObject } from 'ajv';
import type { CrdSchema } from './crd-schemas.js';
import { describeValue } from './problem.js';
import type { FieldPath, FieldProblem } from './problem.js';

/** Turns an error of the schema library into one a person can act on; the rule is what the schema's description says. */
export function describeSchemaError(error: ErrorObject): FieldProblem {
  const schema = (error.parentSchema ?? {}) as CrdSchema;
  const path = toPath(error);
  const { message, hint } = explain(error, schema);
  return { path, rule: describeRule(error, schema), message, hint, severity: 'error' };
}

/** Ajv's place is a JSON pointer to the object; a missing field or a duplicate is one step further. */
function toPath(error: ErrorObject): FieldPath {
  const keys = error.instancePath.split('/').slice(1);
  const path = keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key.replaceAll('~1', '/').replaceAll('~0', '~')));
  const { missingProperty, index, keys: listKeys } = error.params as ErrorParams;
  if (error.keyword === 'required' && missingProperty !== undefined) return [...path, missingProperty];
  if (index !== undefined && listKeys !== undefined) return [...path, index, ...listKeys];
  return path;
}

interface ErrorParams {
  readonly missingProperty?: string;
  readonly index?: number;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly limit?: number;
}

function describeRule(error: ErrorObject, schema: CrdSchema): string {
  const { missingProperty } = error.params as ErrorParams;
  const subject =
    error.keyword === 'required' && missingProperty !== undefined ? schema.properties?.[missingProperty] : undefined;
  return subject?.description ?? schema.description ?? `${error.keyword} ${JSON.stringify(error.schema)}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'a list',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

function explain(error: ErrorObject, schema: CrdSchema): { message: string; hint: string } {
  const value = describeValue(error.data);
  const { missingProperty, limit, values } = error.params as ErrorParams;
  switch (error.keyword) {
    case 'type': {
      const wanted = TYPE_NAMES[schema.type ?? ''] ?? String(schema.type);
      return { message: `must be ${wanted}, not ${value}`, hint: hintForType(schema, error.data) };
    }
    case 'required':
      return { message: 'is missing', hint: `add ${missingProperty}` };
    case 'enum':
      return { message: `${value} is not allowed`, hint: `use ${schema.enum?.join(', ')}` };
    case 'minimum':
      return { message: `must be ${limit} or more, not ${value}`, hint: `use ${limit} or more` };
    case 'maximum':
      return { message: `must be ${limit} or less, not ${value}`, hint: `use ${limit} or less` };
    case 'minLength':
      return { message: 'must not be empty', hint: 'write a text' };
    case 'minItems':
      return { message: `needs at least ${limit} item${limit === 1 ? '' : 's'}`, hint: 'add one' };
    case 'minProperties':
    case 'maxProperties':
      return {
        message: `must hold exactly one header, not ${Object.keys(error.data as object).length}`,
        hint: 'give every header its own list item',
      };
    case 'pattern':
      return { message: `${value} does not match ${schema.pattern}`, hint: 'write a Quantity such as 1, 500m or 2k' };
    case 'format':
      return { message: `${value} is not a ${schema.format}`, hint: 'write it like 2019-04-08T22:25:55Z' };
    case 'x-kubernetes-int-or-string':
      return {
        message: `must be a whole number or a text, not ${value}`,
        hint: 'write a fraction as a Quantity: 0.5 is 500m',
      };
    case 'x-kubernetes-list-map-keys':
      return {
        message: `${JSON.stringify(values?.[0])} is there more than once`,
        hint: 'give every item its own name',
      };
    default:
      return { message: error.message ?? `breaks ${error.keyword}`, hint: 'see the rule' };
  }
}

function hintForType(schema: CrdSchema, data: unknown): string {
  if (schema.type === 'string' && (typeof data === 'number' || typeof data === 'boolean')) {
    return `put it in quotes: "${String(data)}"`;
  }
  if (schema.type === 'integer' && typeof data === 'string' && /^\d+$/.test(data)) return `remove the quotes: ${data}`;
  if (schema.type === 'integer' && typeof data === 'number')
    return 'scale all numbers until they are whole; only ratios matter';
  return `write ${TYPE_NAMES[schema.type ?? ''] ?? String(schema.type)}`;
}
