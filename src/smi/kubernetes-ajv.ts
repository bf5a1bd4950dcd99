import { Ajv } from 'ajv';
import type { ErrorObject } from 'ajv';

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** A JSON schema validator that understands what Kubernetes adds in CRDs: `x-kubernetes-*` keywords and its formats. */
export function createKubernetesAjv(): Ajv {
  const ajv = new Ajv({ allErrors: true, verbose: true, strictTypes: false, strictRequired: false });
  ajv.addFormat('date-time', (text) => RFC_3339.test(text) && !Number.isNaN(Date.parse(text)));
  ajv.addKeyword({
    keyword: 'x-kubernetes-int-or-string',
    schemaType: 'boolean',
    validate: (wanted: boolean, value: unknown) => !wanted || typeof value === 'string' || Number.isInteger(value),
  });
  // Without its keys, which are checked below, the type of a list says nothing about validity.
  ajv.addKeyword('x-kubernetes-list-type');
  ajv.addKeyword({
    keyword: 'x-kubernetes-list-map-keys',
    type: 'array',
    schemaType: 'array',
    errors: 'full',
    validate: reportDuplicateKeys,
  });
  return ajv;
}

interface ListKeyword {
  (keys: readonly string[], items: readonly unknown[]): boolean;
  errors?: Partial<ErrorObject>[];
}

/** `errors` on the function itself is how the library takes errors from a keyword. */
const reportDuplicateKeys: ListKeyword = (keys, items) => {
  const seen = new Set<string>();
  reportDuplicateKeys.errors = items.flatMap((item, index) => {
    const values = keys.map((key) => (item as Record<string, unknown> | null)?.[key]);
    const identity = JSON.stringify(values);
    if (values.includes(undefined) || !seen.has(identity)) {
      seen.add(identity);
      return [];
    }
    return [{ keyword: 'x-kubernetes-list-map-keys', params: { index, keys, values }, message: 'duplicate key' }];
  });
  return reportDuplicateKeys.errors.length === 0;
};
