import { LineCounter, parseAllDocuments } from 'yaml';
import type { Document } from 'yaml';
import { checkManifest } from './check-manifest.js';
import { findAmbiguousWords } from './ambiguous-words.js';
import { locate, toPlace } from './locate.js';
import type { Place } from './locate.js';
import type { HeadersShape, KubeObject, SmiObject, SmiVersion } from './model.js';
import { formatPath } from './problem.js';
import type { FieldPath, FieldProblem, SmiProblem } from './problem.js';

/** A valid SMI object of a file: as written, and what it means. */
export interface ParsedObject {
  readonly object: SmiObject;
  readonly manifest: KubeObject;
  readonly version: SmiVersion;
  /** The shape of `headers` it is written in; undefined when it has none. */
  readonly headers?: HeadersShape;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The valid objects of a file, and everything that is wrong with it. */
export interface ParsedSmi {
  readonly objects: ParsedObject[];
  readonly problems: SmiProblem[];
}

/** Reads SMI manifests, YAML (also several documents, and `kind: List`) or JSON. Reports all problems at once and never throws. */
export function parseSmi(text: string, file: string): ParsedSmi {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const parsed: ParsedSmi = { objects: [], problems: [] };
  for (const document of documents) readDocument(document, lines, file, parsed);
  parsed.problems.push(...findRepeatedObjects(parsed.objects));
  parsed.problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return parsed;
}

function readDocument(document: Document.Parsed, lines: LineCounter, file: string, parsed: ParsedSmi): void {
  const report = (problem: FieldProblem, base: FieldPath): void => {
    const path = [...base, ...problem.path];
    const place = locate(document, lines, path, problem.atKey);
    parsed.problems.push(toSmiProblem(problem, formatPath(path), file, place));
  };
  const root = toValue(document);
  if (document.errors.length > 0 || root instanceof Error) {
    const syntax = document.errors.map((error) => ({ text: error.message, offset: error.pos[0] }));
    if (root instanceof Error && syntax.length === 0) syntax.push({ text: root.message, offset: document.range[0] });
    parsed.problems.push(...syntax.map(({ text, offset }) => syntaxProblem(text, file, toPlace(lines, offset))));
    return;
  }
  if (root === null || root === undefined) return;
  for (const problem of findAmbiguousWords(document)) report(problem, []);
  for (const { manifest, path } of expandList(root)) {
    const checked = checkManifest(manifest);
    for (const problem of checked.problems) report(problem, path);
    if (checked.valid === undefined) continue;
    parsed.objects.push({ ...checked.valid, file, ...locate(document, lines, path) });
  }
}

function toValue(document: Document.Parsed): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** `kubectl get -o yaml` wraps what it prints into a List. */
function expandList(root: unknown): { manifest: unknown; path: FieldPath }[] {
  const { kind, items } = root as { kind?: unknown; items?: unknown };
  if (kind !== 'List' || !Array.isArray(items)) return [{ manifest: root, path: [] }];
  return items.map((manifest: unknown, index) => ({ manifest, path: ['items', index] }));
}

/** The second of two objects with one name silently replaces the first when they are applied. */
function findRepeatedObjects(objects: readonly ParsedObject[]): SmiProblem[] {
  const firstLines = new Map<string, number>();
  return objects.flatMap(({ object, file, line, column }) => {
    const { name, namespace } = object.metadata;
    const key = `${object.kind} ${namespace}/${name}`;
    const first = firstLines.get(key);
    if (first === undefined) {
      firstLines.set(key, line);
      return [];
    }
    const problem: FieldProblem = {
      path: ['metadata', 'name'],
      rule: 'a kind, a namespace and a name are one object',
      message: `${key} was there already in line ${first} and would be replaced`,
      hint: 'give one of them another name',
      severity: 'error',
    };
    return [toSmiProblem(problem, 'metadata.name', file, { line, column })];
  });
}

function syntaxProblem(message: string, file: string, place: Place): SmiProblem {
  const hint = 'check the indentation, quotes and brackets here';
  const rule = 'the file is YAML 1.2 or JSON';
  return toSmiProblem({ path: [], rule, message, hint, severity: 'error' }, '', file, place);
}

function toSmiProblem(problem: FieldProblem, path: string, file: string, { line, column }: Place): SmiProblem {
  const { rule, message, hint, severity } = problem;
  return { file, line, column, path, rule, message, hint, severity };
}
