import { isPair, isScalar, isSeq, Scalar, visit } from 'yaml';
import type { Document } from 'yaml';
import type { FieldPath, FieldProblem } from './problem.js';

const BOOLEANS_OF_YAML_1_1 = /^(y|n|yes|no|on|off)$/i;

/** Words that are text in YAML 1.2 and booleans in YAML 1.1, which kubectl reads: the object would not be the same. */
export function findAmbiguousWords(document: Document.Parsed): FieldProblem[] {
  const problems: FieldProblem[] = [];
  visit(document, {
    Scalar(key, node, ancestors) {
      if (node.type !== Scalar.PLAIN || typeof node.value !== 'string' || !BOOLEANS_OF_YAML_1_1.test(node.value))
        return;
      problems.push({
        path: toPath(key, ancestors),
        rule: 'YAML 1.1 reads y, n, yes, no, on and off as booleans',
        message: `${node.value} without quotes is a boolean to kubectl`,
        hint: `put it in quotes: "${node.value}"`,
        severity: 'warning',
        atKey: key === 'key',
      });
    },
  });
  return problems;
}

/** Pairs know their key; a list does not say which of its items was visited, so the item is looked for. */
function toPath(key: number | 'key' | 'value' | null, ancestors: readonly unknown[]): FieldPath {
  const path: (string | number)[] = [];
  for (const [depth, ancestor] of ancestors.entries()) {
    const child = ancestors[depth + 1];
    if (isPair(ancestor) && isScalar(ancestor.key)) path.push(String(ancestor.key.value));
    if (isSeq(ancestor) && child !== undefined) path.push(ancestor.items.indexOf(child));
  }
  // Inside a list the number is the position; inside a map it is that of a pair, which its key has named already.
  if (typeof key === 'number' && isSeq(ancestors.at(-1))) path.push(key);
  return path;
}
