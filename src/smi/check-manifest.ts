import { validateAgainstCrd } from './crd-validation.js';
import { decodeManifest } from './from-manifest.js';
import type { HeadersShape, KubeObject, SmiObject, SmiVersion } from './model.js';
import { present } from './present.js';
import type { FieldProblem } from './problem.js';
import { describeValue } from './problem.js';
import { pruneUnknown } from './prune.js';
import { checkSemantics } from './semantics.js';
import { explainUnknownField } from './unknown-field.js';
import { explainUnknownType } from './unknown-type.js';
import { lookUpType } from './versions.js';

/** The outcome of checking one manifest; `valid` is there unless a problem is an error or the object is not SMI's. */
export interface CheckedManifest {
  readonly problems: readonly FieldProblem[];
  readonly valid?: {
    readonly object: SmiObject;
    readonly manifest: KubeObject;
    readonly version: SmiVersion;
    readonly headers?: HeadersShape;
  };
}

/** Checks a manifest against the schema of its version, for fields that version does not know, and against what the text demands. */
export function checkManifest(candidate: unknown): CheckedManifest {
  if (typeof candidate !== 'object' || candidate === null || Array.isArray(candidate))
    return { problems: [notAnObject(candidate)] };
  const { apiVersion, kind } = candidate as { apiVersion?: unknown; kind?: unknown };
  const named = { apiVersion: textOf(apiVersion), kind: textOf(kind) };
  const type = lookUpType(named.apiVersion, named.kind);
  if (type.status !== 'known') return { problems: [explainUnknownType(type, named.apiVersion, named.kind)] };
  const manifest = candidate as KubeObject;
  const headers = findHeadersShape(manifest);
  const options = headers === undefined ? {} : { headers };
  const decoded = decodeManifest(manifest, type.kind, type.version);
  const found = uniqueByPath([
    ...validateAgainstCrd(manifest, options),
    ...pruneUnknown(manifest, options).paths.map((path) =>
      explainUnknownField(path, type.kind, type.version, headers ?? 'map'),
    ),
    ...decoded.problems,
    ...checkSemantics(decoded.object, type.version, manifest),
  ]);
  const problems = found.filter((problem) => !isAboutGuess(problem, found));
  if (problems.some(({ severity }) => severity === 'error')) return { problems };
  const valid = present<NonNullable<CheckedManifest['valid']>>({
    object: decoded.object,
    manifest,
    version: type.version,
    headers,
  });
  return { problems, valid };
}

/** The shape of the first `headers` of an HTTPRouteGroup. */
function findHeadersShape(manifest: KubeObject): HeadersShape | undefined {
  const matches = (manifest['spec'] as { matches?: unknown } | undefined)?.matches ?? manifest['matches'];
  if (!Array.isArray(matches)) return undefined;
  const headers = matches
    .map((match: unknown) => (match as { headers?: unknown } | null)?.headers)
    .find((value) => typeof value === 'object' && value !== null);
  if (headers === undefined) return undefined;
  return Array.isArray(headers) ? 'list' : 'map';
}

/** The schema and the reader find the same mistake; the schema says it better, and it comes first. */
function uniqueByPath(problems: readonly FieldProblem[]): FieldProblem[] {
  const byPath = new Map<string, FieldProblem>();
  for (const problem of problems) {
    const key = problem.path.join('\u0000');
    const known = byPath.get(key);
    if (known === undefined || (known.severity === 'warning' && problem.severity === 'error')) byPath.set(key, problem);
  }
  return [...byPath.values()];
}

/** A wrong value was read as an empty one: a warning about what holds it is about that guess, not about the file. */
function isAboutGuess(problem: FieldProblem, all: readonly FieldProblem[]): boolean {
  if (problem.severity === 'error') return false;
  return all.some(
    ({ path, severity }) => severity === 'error' && problem.path.every((key, depth) => key === path[depth]),
  );
}

function notAnObject(candidate: unknown): FieldProblem {
  return {
    path: [],
    rule: 'a manifest is an object with apiVersion, kind and metadata',
    message: `${describeValue(candidate)} is not a manifest`,
    hint: 'start with apiVersion and kind',
    severity: 'error',
  };
}

/** Whatever stands where a name should: shown in the message as it is written. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
