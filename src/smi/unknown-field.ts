import { crdSchema, withHeadersShape } from './crd-schemas.js';
import type { CrdSchema } from './crd-schemas.js';
import type { HeadersShape, SmiKind, SmiVersion } from './model.js';
import { GROUP_OF } from './model.js';
import type { FieldPath, FieldProblem } from './problem.js';
import { apiVersionOf, RELEASED_VERSIONS } from './versions.js';

/** Says that an API server would drop a field in silence, and where the field would belong. */
export function explainUnknownField(
  path: FieldPath,
  kind: SmiKind,
  version: SmiVersion,
  headers: HeadersShape,
): FieldProblem {
  const apiVersion = apiVersionOf(GROUP_OF[kind], version);
  return {
    path,
    rule: `${kind} ${apiVersion} has no such field`,
    message: 'is unknown here and would be dropped without a word: the stored object may allow more than this one says',
    hint: suggestPlace(path, kind, version, headers),
    severity: 'error',
    atKey: true,
  };
}

function suggestPlace(path: FieldPath, kind: SmiKind, version: SmiVersion, headers: HeadersShape): string {
  const group = GROUP_OF[kind];
  const knows = (candidate: SmiVersion, place: FieldPath): boolean => {
    const schema = crdSchema(group, candidate, kind);
    return schema !== undefined && hasField(withHeadersShape(schema, headers), place);
  };
  if (knows(version, ['spec', ...path])) return `move it under spec, where ${group} ${version} has it`;
  if (path[0] === 'spec' && path.length === 1 && !knows(version, path))
    return `${group} ${version} has no spec: put the fields beside metadata`;
  if (kind === 'TrafficTarget' && path.at(-1) === 'port') {
    return 'name the port in a TCPRoute (specs v1alpha4), or use access v1alpha2';
  }
  const others = RELEASED_VERSIONS[group].filter((candidate) => knows(candidate, path));
  return others.length > 0 ? `the field exists in ${group} ${others.join(', ')}` : 'check the spelling, or remove it';
}

function hasField(schema: CrdSchema, path: FieldPath): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return true;
  const properties = schema.properties ?? {};
  const named = Object.hasOwn(properties, key) ? properties[key] : schema.additionalProperties;
  const next = typeof key === 'number' ? schema.items : named;
  return next !== undefined && hasField(next, rest);
}
