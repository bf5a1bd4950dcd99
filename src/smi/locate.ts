import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Document, LineCounter, ParsedNode } from 'yaml';
import type { FieldPath } from './problem.js';

/** A place in a file, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * Finds the place of a field in a YAML document. What is not there (a missing field, a field that came in through an alias or a merge) is
 * placed at its nearest ancestor.
 */
export function locate(document: Document.Parsed, lines: LineCounter, path: FieldPath, atKey = false): Place {
  return toPlace(lines, findOffset(document, path, atKey));
}

/** The place of a character. */
export function toPlace(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function findOffset(document: Document.Parsed, path: FieldPath, atKey: boolean): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? document.range[0];
  for (const [depth, key] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const step = stepInto(node, key);
    if (step === null) return offset;
    const isLast = depth === path.length - 1;
    offset = (isLast && atKey ? step.keyOffset : startOf(step.value)) ?? step.keyOffset ?? offset;
    node = step.value;
  }
  return offset;
}

function stepInto(node: unknown, key: string | number): { keyOffset: number | null; value: unknown } | null {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
    return pair === undefined ? null : { keyOffset: startOf(pair.key), value: pair.value };
  }
  if (isSeq(node) && typeof key === 'number' && key < node.items.length)
    return { keyOffset: null, value: node.items[key] };
  return null;
}

function startOf(node: unknown): number | null {
  return (node as ParsedNode | null)?.range?.[0] ?? null;
}
