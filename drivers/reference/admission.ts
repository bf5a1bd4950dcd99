/** The mesh's admission hook: an expression that no proxy can run is refused before it is stored. */
import { decodeManifest } from '../../src/smi/from-manifest.js';
import type { KubeObject } from '../../src/smi/model.js';
import { lookUpType } from '../../src/smi/versions.js';
import { refusedExpressions } from './policy/specs.js';

/** The reason for a refusal; undefined admits. */
export function refuseObject(manifest: KubeObject): string | undefined {
  const type = lookUpType(manifest.apiVersion, manifest.kind);
  if (type.status !== 'known' || type.kind !== 'HTTPRouteGroup') return undefined;
  const { object } = decodeManifest(manifest, type.kind, type.version);
  if (object.kind !== 'HTTPRouteGroup') return undefined;
  const refused = object.matches.flatMap((match) =>
    refusedExpressions(match).map((reason) => `match "${match.name}": ${reason}`),
  );
  return refused.length === 0 ? undefined : `not a regular expression of RE2: ${refused.join('; ')}`;
}
