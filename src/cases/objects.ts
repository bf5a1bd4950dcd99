/** Short builders for the SMI objects of cases, in the logical namespaces `ns1` and `ns2`. */
import type {
  HttpMatch,
  HTTPRouteGroup,
  IdentityRef,
  ObjectMeta,
  RuleRef,
  SplitMatch,
  TCPRoute,
  TrafficSplit,
  TrafficTarget,
  UDPRoute,
} from '../smi/model.js';

export const HOME = 'ns1';

/** `name` or `namespace/name`; the default namespace is the first logical one. */
function meta(name: string): ObjectMeta {
  const [first, second] = name.split('/');
  return second === undefined ? { name: first ?? name, namespace: HOME } : { name: second, namespace: first ?? HOME };
}

export function identity(account: string): IdentityRef {
  const { name, namespace } = meta(account);
  return { kind: 'ServiceAccount', name, namespace };
}

/** A match by path; `methods` defaults to all of them, written out as the spec does. */
export function match(name: string, pathRegex: string, rest: Partial<HttpMatch> = {}): HttpMatch {
  return { name, pathRegex, methods: ['*'], ...rest };
}

export function group(name: string, matches: readonly HttpMatch[]): HTTPRouteGroup {
  return { kind: 'HTTPRouteGroup', metadata: meta(name), matches };
}

export function tcp(name: string, ports: readonly number[] = []): TCPRoute {
  return { kind: 'TCPRoute', metadata: meta(name), ports };
}

export function udp(name: string, ports: readonly number[] = []): UDPRoute {
  return { kind: 'UDPRoute', metadata: meta(name), ports };
}

export const http = (name: string, ...matches: readonly string[]): RuleRef =>
  matches.length === 0 ? { kind: 'HTTPRouteGroup', name } : { kind: 'HTTPRouteGroup', name, matches };
export const tcpRule = (name: string): RuleRef => ({ kind: 'TCPRoute', name });
export const udpRule = (name: string): RuleRef => ({ kind: 'UDPRoute', name });

/** Grants `from` access to the identity `to` by `rules`. */
export function target(
  name: string,
  grant: { to?: string; from: readonly string[]; rules: readonly RuleRef[]; port?: number },
): TrafficTarget {
  return {
    kind: 'TrafficTarget',
    metadata: meta(name),
    destination: { ...identity(grant.to ?? 's'), ...(grant.port === undefined ? {} : { port: grant.port }) },
    rules: grant.rules,
    sources: grant.from.map(identity),
  };
}

/** `weights` in the order given: `{ v1: 90, v2: 10 }`. */
export function split(
  name: string,
  service: string,
  weights: Readonly<Record<string, number>>,
  matches?: readonly SplitMatch[],
): TrafficSplit {
  return {
    kind: 'TrafficSplit',
    metadata: meta(name),
    service,
    backends: Object.entries(weights).map(([backend, weight]) => ({ service: backend, weight })),
    ...(matches === undefined ? {} : { matches }),
  };
}
