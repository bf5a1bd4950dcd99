/** Traffic specs: finding them by reference, and their matches as conditions on one request. */
import type { HTTPRouteGroup, HeaderFilter, HttpMatch, SmiObject, TCPRoute, UDPRoute } from '../../../src/smi/model.js';
import { explainInvalidRegex } from '../../../src/smi/regex.js';

type Spec = HTTPRouteGroup | TCPRoute | UDPRoute;

/** What one request must look like: every part present must hold. All expressions match in full. */
export interface HttpCondition {
  readonly pathRegex?: string;
  /** Absent: all methods. */
  readonly methods?: readonly string[];
  readonly headers: readonly HeaderFilter[];
}

export interface SpecIndex {
  group(namespace: string, name: string): HTTPRouteGroup | undefined;
  tcp(namespace: string, name: string): TCPRoute | undefined;
  udp(namespace: string, name: string): UDPRoute | undefined;
}

/** Indexes the specs of a snapshot by kind, namespace and name. */
export function indexSpecs(objects: readonly SmiObject[]): SpecIndex {
  const specs = new Map<string, Spec>();
  const key = (kind: string, namespace: string, name: string): string => `${kind}/${namespace}/${name}`;
  for (const object of objects) {
    if (isSpec(object)) specs.set(key(object.kind, object.metadata.namespace, object.metadata.name), object);
  }
  const find = <K extends Spec['kind']>(
    kind: K,
    namespace: string,
    name: string,
  ): Extract<Spec, { kind: K }> | undefined =>
    specs.get(key(kind, namespace, name)) as Extract<Spec, { kind: K }> | undefined;
  return {
    group: (namespace, name) => find('HTTPRouteGroup', namespace, name),
    tcp: (namespace, name) => find('TCPRoute', namespace, name),
    udp: (namespace, name) => find('UDPRoute', namespace, name),
  };
}

/**
 * The conditions a group contributes: all its matches, or the named ones. Names the group lacks are skipped, and a match
 * that no proxy could load contributes nothing: both narrow, neither ever widens.
 */
export function conditionsOf(group: HTTPRouteGroup, names?: readonly string[]): HttpCondition[] {
  return group.matches.filter((match) => names === undefined || names.includes(match.name)).flatMap(toCondition);
}

/** Every expression of a match that RE2 refuses, with the reason. */
export function refusedExpressions(match: HttpMatch): string[] {
  const expressions = [
    ...(match.pathRegex === undefined ? [] : [match.pathRegex]),
    ...(match.headers ?? []).map((header) => header.regex),
  ];
  return expressions.flatMap((expression) => {
    const reason = explainInvalidRegex(expression);
    return reason === null ? [] : [`"${expression}": ${reason}`];
  });
}

function toCondition(match: HttpMatch): HttpCondition[] {
  if (refusedExpressions(match).length > 0 || match.methods?.length === 0) return [];
  const methods = match.methods === undefined || match.methods.includes('*') ? undefined : match.methods;
  return [
    {
      ...(match.pathRegex === undefined ? {} : { pathRegex: match.pathRegex }),
      ...(methods === undefined ? {} : { methods }),
      headers: match.headers ?? [],
    },
  ];
}

function isSpec(object: SmiObject): object is Spec {
  return object.kind === 'HTTPRouteGroup' || object.kind === 'TCPRoute' || object.kind === 'UDPRoute';
}
