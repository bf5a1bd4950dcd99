import type {
  HeaderFilter,
  HeadersShape,
  HTTPRouteGroup,
  HttpMatch,
  Json,
  SpecsVersion,
  TCPRoute,
  UDPRoute,
} from '../model.js';
import { present } from '../present.js';
import { isSince } from '../versions.js';
import type { Loss, RenderedFields } from './rendered.js';

type JsonObject = { readonly [key: string]: Json | undefined };

/** The fields of an HTTPRouteGroup in one specs version and one shape of `headers`. */
export function renderHttpRouteGroup(
  group: HTTPRouteGroup,
  version: SpecsVersion,
  shape: HeadersShape,
): RenderedFields {
  const losses: Loss[] = [];
  const matches = group.matches.map((match, index) => renderMatch(match, `matches[${index}]`, version, shape, losses));
  return { fields: { matches }, losses };
}

function renderMatch(
  match: HttpMatch,
  path: string,
  version: SpecsVersion,
  shape: HeadersShape,
  losses: Loss[],
): JsonObject {
  const { name, pathRegex, methods, headers } = match;
  const hasHeaders = isSince(version, 'v1alpha2');
  if (headers !== undefined && !hasHeaders) losses.push(lostHeaders(`${path}.headers`, headers, version));
  return present<JsonObject>({
    name,
    pathRegex,
    methods,
    headers: headers !== undefined && hasHeaders ? renderHeaders(headers, `${path}.headers`, shape, losses) : undefined,
  });
}

function renderHeaders(headers: readonly HeaderFilter[], path: string, shape: HeadersShape, losses: Loss[]): Json {
  if (shape === 'list') return headers.map(({ name, regex }) => Object.fromEntries([[name, regex]]));
  const map = new Map<string, string>();
  for (const [index, { name, regex }] of headers.entries()) {
    if (map.has(name)) losses.push(lostRepetition(`${path}[${index}]`, name, regex));
    else map.set(name, regex);
  }
  return Object.fromEntries(map);
}

/** The fields of a TCPRoute or UDPRoute: ports from v1alpha4 on, an empty body before. */
export function renderRoutePorts(route: TCPRoute | UDPRoute, version: SpecsVersion): RenderedFields {
  if (isSince(version, 'v1alpha4')) return { fields: { matches: { ports: route.ports } }, losses: [] };
  // No ports means all ports, which is what a version without ports says as well.
  return { fields: {}, losses: route.ports.length === 0 ? [] : [lostPorts(route.ports, version)] };
}

function lostHeaders(path: string, headers: readonly HeaderFilter[], version: SpecsVersion): Loss {
  const names = headers.map(({ name }) => name).join(', ');
  return {
    path,
    what: `specs ${version} does not define header filters (${names || 'an empty list'})`,
    consequence:
      headers.length === 0 ? 'none: an empty list filters nothing' : 'the match accepts requests with any headers',
  };
}

function lostRepetition(path: string, name: string, regex: string): Loss {
  return {
    path,
    what: `a map of headers holds ${JSON.stringify(name)} once; its filter ${JSON.stringify(regex)} is left out`,
    consequence: 'the match accepts requests that only the first filter of that header accepts',
  };
}

function lostPorts(ports: readonly number[], version: SpecsVersion): Loss {
  return {
    path: 'ports',
    what: `specs ${version} has no ports (${ports.join(', ')})`,
    consequence: 'the route matches every port',
  };
}
