import type { HeaderFilter, HTTPRouteGroup, HttpMatch, ObjectMeta, SmiVersion, TCPRoute, UDPRoute } from '../model.js';
import { present } from '../present.js';
import { isSince } from '../versions.js';
import type { Cursor } from './cursor.js';

/** Reads an HTTPRouteGroup of any released specs version, in either shape of `headers`. */
export function decodeHttpRouteGroup(body: Cursor, metadata: ObjectMeta, version: SmiVersion): HTTPRouteGroup {
  const matches = body.at('matches').optionalList((match) => decodeMatch(match, version)) ?? [];
  return { kind: 'HTTPRouteGroup', metadata, matches };
}

function decodeMatch(match: Cursor, version: SmiVersion): HttpMatch {
  match.object();
  return present<HttpMatch>({
    name: match.at('name').string(),
    pathRegex: match.at('pathRegex').optionalString(),
    methods: match.at('methods').optionalList((method) => method.string()),
    headers: isSince(version, 'v1alpha2') ? decodeHeaders(match.at('headers')) : undefined,
  });
}

function decodeHeaders(headers: Cursor): HeaderFilter[] | undefined {
  if (headers.isAbsent) return undefined;
  if (Array.isArray(headers.value)) return headers.list(decodeListedHeader);
  return headers.object().entries((name, regex) => ({ name, regex: regex.string() }));
}

/** "A HTTP filter is a key-value pair": an item with more or fewer keys has no agreed meaning. */
function decodeListedHeader(item: Cursor): HeaderFilter {
  const pairs = item.object().entries((name, regex) => ({ name, regex: regex.string() }));
  const [pair] = pairs;
  if (pair !== undefined && pairs.length === 1) return pair;
  return item.expected('an object with exactly one header', { name: '', regex: '' });
}

/** Reads a TCPRoute; versions before v1alpha4 cannot name ports, and no ports means all of them. */
export function decodeTcpRoute(body: Cursor, metadata: ObjectMeta, version: SmiVersion): TCPRoute {
  return { kind: 'TCPRoute', metadata, ports: isSince(version, 'v1alpha4') ? decodePorts(body) : [] };
}

/** Reads a UDPRoute, which exists in v1alpha4 only. */
export function decodeUdpRoute(body: Cursor, metadata: ObjectMeta): UDPRoute {
  return { kind: 'UDPRoute', metadata, ports: decodePorts(body) };
}

/** "The matches.ports is an optional element", and so is everything around it. */
function decodePorts(body: Cursor): number[] {
  const matches = body.at('matches');
  if (matches.isAbsent) return [];
  return (
    matches
      .object()
      .at('ports')
      .optionalList((port) => port.integer()) ?? []
  );
}
