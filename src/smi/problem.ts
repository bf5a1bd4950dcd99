/** Where in a manifest: keys and list positions from the root. */
export type FieldPath = readonly (string | number)[];

/** `error` = an API server or the text refuses it; `warning` = legal, but surely not what was meant. */
export type Severity = 'error' | 'warning';

/** Something wrong at one field of a manifest, before its place in a file is known. */
export interface FieldProblem {
  readonly path: FieldPath;
  /** What the schema or the spec says about this field. */
  readonly rule: string;
  readonly message: string;
  readonly hint: string;
  readonly severity: Severity;
  /** The field's name is the culprit, not its value. */
  readonly atKey?: boolean;
}

/** A problem of a manifest file, with its place. Lines and columns count from 1. */
export interface SmiProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** For example `spec.backends[1].weight`; empty for the whole document. */
  readonly path: string;
  readonly rule: string;
  readonly message: string;
  readonly hint: string;
  readonly severity: Severity;
}

/** `['spec', 'backends', 1, 'weight']` as `spec.backends[1].weight`; keys that are no plain words are quoted. */
export function formatPath(path: FieldPath): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[A-Za-z_][\w-]*$/.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}

/** A value in a message: its JSON, shortened, and its type where the JSON does not show it. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const json = JSON.stringify(value);
  const short = json.length > 60 ? `${json.slice(0, 57)}…"` : json;
  return typeof value === 'string' ? `the text ${short}` : short;
}
