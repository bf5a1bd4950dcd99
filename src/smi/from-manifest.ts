import { badInput } from '../errors/harness-error.js';
import { decodeTrafficTarget } from './decode/access.js';
import { Cursor } from './decode/cursor.js';
import { decodeTrafficMetrics } from './decode/metrics.js';
import { decodeHttpRouteGroup, decodeTcpRoute, decodeUdpRoute } from './decode/specs.js';
import { decodeTrafficSplit } from './decode/split.js';
import type { KubeObject, ObjectMeta, SmiKind, SmiObject, SmiVersion } from './model.js';
import { present } from './present.js';
import { formatPath } from './problem.js';
import type { FieldProblem } from './problem.js';
import { explainUnknownType } from './unknown-type.js';
import { hasSpecWrapper, lookUpType } from './versions.js';

/** An SMI object as far as it could be read; it is to be trusted only when there are no problems. */
export interface Decoded {
  readonly object: SmiObject;
  readonly problems: readonly FieldProblem[];
}

/**
 * Reads one manifest of a released SMI version into the neutral model, by hand and without a schema library: a control plane does this
 * for every stored object at every change.
 * @throws HarnessError `E_SMI_MANIFEST` that names every problem.
 */
export function fromManifest(manifest: KubeObject): SmiObject {
  const type = lookUpType(manifest.apiVersion, manifest.kind);
  if (type.status !== 'known') throw refuse(manifest, [explainUnknownType(type, manifest.apiVersion, manifest.kind)]);
  const { object, problems } = decodeManifest(manifest, type.kind, type.version);
  if (problems.length > 0) throw refuse(manifest, problems);
  return object;
}

/** Reads a manifest of a known type as far as it goes, and says what is wrong with it. */
export function decodeManifest(manifest: unknown, kind: SmiKind, version: SmiVersion): Decoded {
  const problems: FieldProblem[] = [];
  const root = Cursor.root(manifest, problems);
  return { object: decodeKind(root, kind, version), problems };
}

function decodeKind(root: Cursor, kind: SmiKind, version: SmiVersion): SmiObject {
  // A TCPRoute has nothing that must be said about it, so its `spec` may be left out.
  const isBodyOptional = kind === 'TCPRoute' || kind === 'UDPRoute';
  const body = hasSpecWrapper(kind, version) ? root.at('spec') : root;
  if (!(isBodyOptional && body.isAbsent)) body.object();
  const metadata = kind === 'TrafficMetrics' ? decodeMetricsMetadata(root) : decodeMetadata(root.at('metadata'));
  switch (kind) {
    case 'TrafficTarget':
      return decodeTrafficTarget(body, metadata, version);
    case 'HTTPRouteGroup':
      return decodeHttpRouteGroup(body, metadata, version);
    case 'TCPRoute':
      return decodeTcpRoute(body, metadata, version);
    case 'UDPRoute':
      return decodeUdpRoute(body, metadata);
    case 'TrafficSplit':
      return decodeTrafficSplit(body, metadata, version);
    case 'TrafficMetrics':
      return decodeTrafficMetrics(body, metadata);
  }
}

/** An object without a namespace is one of `default`, which is where Kubernetes would put it. */
function decodeMetadata(metadata: Cursor): ObjectMeta {
  metadata.object();
  return present<ObjectMeta>({
    name: metadata.at('name').string(),
    namespace: metadata.at('namespace').optionalString() ?? 'default',
    labels: metadata.at('labels').optionalStringMap(),
    annotations: metadata.at('annotations').optionalStringMap(),
  });
}

/** The text prints TrafficMetrics without `metadata`; then they are named like the resource they are about. */
function decodeMetricsMetadata(root: Cursor): ObjectMeta {
  if (!root.at('metadata').isAbsent) return decodeMetadata(root.at('metadata'));
  const resource = root.at('resource');
  return {
    name: resource.at('name').optionalString() ?? '',
    namespace: resource.at('namespace').optionalString() ?? 'default',
  };
}

function refuse(manifest: KubeObject, problems: readonly FieldProblem[]): Error {
  const what = `${manifest.kind} ${manifest.metadata?.name ?? '(no name)'} (${manifest.apiVersion})`;
  const details = problems.map(({ path, message }) => `${formatPath(path)} ${message}`.trim());
  return badInput('E_SMI_MANIFEST', `${what} cannot be read: ${details.join('; ')}`, problems[0]?.hint ?? '');
}
