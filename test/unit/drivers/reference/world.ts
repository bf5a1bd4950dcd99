/** Short words for the worlds of these tests. */
import type { Pod, PodPort, Service, ServicePort } from '../../../../src/mesh/driver.js';
import type {
  HTTPRouteGroup,
  HttpMatch,
  RuleRef,
  SmiObject,
  SplitBackend,
  SplitMatch,
  TCPRoute,
  TrafficSplit,
  TrafficTarget,
  UDPRoute,
} from '../../../../src/smi/model.js';
import type { World } from '../../../../drivers/reference/policy/world.js';

export const TRUST_DOMAIN = 'mesh.test';

const PORTS: readonly PodPort[] = [
  { name: 'http', port: 8080, protocol: 'http' },
  { name: 'http-2', port: 9090, protocol: 'http' },
  { name: 'tcp', port: 8300, protocol: 'tcp' },
  { name: 'udp', port: 8301, protocol: 'udp' },
];

export function pod(name: string, overrides: Partial<Pod> = {}): Pod {
  const number = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 250, 7);
  return {
    name,
    namespace: 'ns1',
    serviceAccount: name,
    labels: { app: name },
    meshed: true,
    ports: PORTS,
    ip: `127.9.0.${number + 1}`,
    dir: `/run/${name}`,
    physicalPorts: new Map(),
    ...overrides,
  };
}

export function service(
  name: string,
  ports: readonly Partial<ServicePort>[] = [{}],
  overrides: Partial<Service> = {},
): Service {
  return {
    name,
    namespace: 'ns1',
    selector: { app: name },
    ports: ports.map((port) => ({ port: 8080, targetPort: 8080, protocol: 'http', ...port })),
    clusterIP: '127.9.1.1',
    physicalPorts: new Map(),
    ...overrides,
  };
}

export function group(
  name: string,
  matches: readonly (Partial<HttpMatch> & { name: string })[],
  namespace = 'ns1',
): HTTPRouteGroup {
  return { kind: 'HTTPRouteGroup', metadata: { name, namespace }, matches };
}

export function tcpRoute(name: string, ports: readonly number[]): TCPRoute {
  return { kind: 'TCPRoute', metadata: { name, namespace: 'ns1' }, ports };
}

export function udpRoute(name: string, ports: readonly number[]): UDPRoute {
  return { kind: 'UDPRoute', metadata: { name, namespace: 'ns1' }, ports };
}

/** `s` in ns1 may be called by `source`, by rules written as `HTTPRouteGroup/name`. */
export function target(
  rules: readonly (string | RuleRef)[],
  { source = 'c1', ...overrides }: Partial<TrafficTarget> & { source?: string; name?: string } = {},
): TrafficTarget {
  return {
    kind: 'TrafficTarget',
    metadata: { name: `t-${source}`, namespace: 'ns1' },
    destination: { kind: 'ServiceAccount', name: 's' },
    sources: [{ kind: 'ServiceAccount', name: source }],
    rules: rules.map((rule) => (typeof rule === 'string' ? readRule(rule) : rule)),
    ...overrides,
  };
}

export function split(backends: Readonly<Record<string, number>>, overrides: Partial<TrafficSplit> = {}): TrafficSplit {
  return {
    kind: 'TrafficSplit',
    metadata: { name: 'split', namespace: 'ns1' },
    service: 'root',
    backends: Object.entries(backends).map(([name, weight]): SplitBackend => ({ service: name, weight })),
    ...overrides,
  };
}

export function matchGroups(...names: readonly string[]): SplitMatch[] {
  return names.map((name) => ({ kind: 'HTTPRouteGroup', name }));
}

export function world(objects: readonly SmiObject[], overrides: Partial<World> = {}): World {
  return { trustDomain: TRUST_DOMAIN, objects, network: 0, pods: [], services: [], modes: new Map(), ...overrides };
}

function readRule(rule: string): RuleRef {
  const [kind = '', name = ''] = rule.split('/');
  return { kind, name };
}
