/** The client side: clusters and endpoints are the same for every proxy, routes for every proxy of a namespace. */
import type { Pod, Service, ServicePort } from '../../../src/mesh/driver.js';
import { spiffeId } from '../policy/identity.js';
import { hostNames, podsOf } from '../policy/services.js';
import { refOf, type Leg, type Routing } from '../policy/split.js';
import type { World } from '../policy/world.js';
import type { ClusterJson } from '../xds/gen/envoy/config/cluster/v3/cluster_pb.js';
import type { AddressJson } from '../xds/gen/envoy/config/core/v3/address_pb.js';
import type { ClusterLoadAssignmentJson } from '../xds/gen/envoy/config/endpoint/v3/endpoint_pb.js';
import type { RouteJson, VirtualHostJson } from '../xds/gen/envoy/config/route/v3/route_components_pb.js';
import type { RouteConfigurationJson } from '../xds/gen/envoy/config/route/v3/route_pb.js';
import {
  ADS,
  CONNECT_TIMEOUT,
  httpOptions,
  loadAssignment,
  NO_LIMITS,
  NO_TIMEOUT,
  SAME_PROTOCOL,
  socketAddress,
} from './common.js';
import { toRouteMatch } from './conditions.js';
import { OUTBOUND_ROUTES, serviceCluster, serviceRoutes } from './names.js';
import { physicalPort, PROXY_PORTS } from './proxy.js';
import { clientTls } from './tls.js';

/** A service port with its pods and where its calls go. */
export interface RoutedPort {
  readonly service: Service;
  readonly port: ServicePort;
  readonly pods: readonly Pod[];
  readonly routing: Routing;
}

/** Pairs every service port with its pods and its routing. */
export function routePorts(world: World, routingOf: (service: Service, port: ServicePort) => Routing): RoutedPort[] {
  return world.services.flatMap((service) => {
    const pods = podsOf(service, world.pods);
    return service.ports.map((port) => ({ service, port, pods, routing: routingOf(service, port) }));
  });
}

/** Only a server with the identity of one of the service's pods is believed. */
export function buildServiceClusters(ports: readonly RoutedPort[], trustDomain: string): ClusterJson[] {
  return ports.map(({ service, port, pods }): ClusterJson => {
    const serverIds = [...new Set(pods.map((pod) => spiffeId(trustDomain, pod)))].sort();
    return {
      name: serviceCluster(refOf(service, port)),
      type: 'EDS',
      edsClusterConfig: { edsConfig: ADS },
      connectTimeout: CONNECT_TIMEOUT,
      circuitBreakers: NO_LIMITS,
      transportSocket: clientTls(serverIds),
      ...(port.protocol === 'http' ? { typedExtensionProtocolOptions: httpOptions(SAME_PROTOCOL) } : {}),
      ...(port.protocol === 'udp'
        ? {
            typedExtensionProtocolOptions: httpOptions({
              explicitHttpConfig: { http2ProtocolOptions: { allowConnect: true } },
            }),
          }
        : {}),
    };
  });
}

export function buildEndpoints(ports: readonly RoutedPort[]): ClusterLoadAssignmentJson[] {
  return ports.map(({ service, port, pods }) =>
    loadAssignment(
      serviceCluster(refOf(service, port)),
      pods.map((pod) => endpointOf(pod, port)),
    ),
  );
}

function endpointOf(pod: Pod, port: ServicePort): AddressJson {
  if (port.protocol === 'udp') return socketAddress(pod.ip, PROXY_PORTS.udpTunnel);
  return socketAddress(pod.ip, physicalPort(pod, { port: port.targetPort, protocol: port.protocol }));
}

/** The HTTP routes of one namespace: what no service is called by is not found. */
export function buildOutboundRoutes(ports: readonly RoutedPort[], clientNamespace: string): RouteConfigurationJson {
  const taken = new Set<string>();
  const virtualHosts = ports
    .filter(({ port }) => port.protocol === 'http')
    .map(({ service, port, routing }): VirtualHostJson => {
      const names = hostNames(service, clientNamespace);
      const domains = [
        ...names.map((name) => `${name}:${port.port}`),
        ...(isDefaultPort(service, port) ? names : []),
      ].filter((domain) => !taken.has(domain));
      for (const domain of domains) taken.add(domain);
      return { name: `${service.name}.${service.namespace}:${port.port}`, domains, routes: routing.flatMap(toRoutes) };
    })
    .filter((host) => host.domains?.length !== 0);
  return { name: OUTBOUND_ROUTES, virtualHosts };
}

/** The HTTP routes of each service, whatever host name a request bears: the destination address has said which service it is for. */
export function buildServiceRoutes(ports: readonly RoutedPort[]): RouteConfigurationJson[] {
  return ports
    .filter(({ port }) => port.protocol === 'http')
    .map(({ service, port, routing }) => ({
      name: serviceRoutes(refOf(service, port)),
      virtualHosts: [{ name: 'service', domains: ['*'], routes: routing.flatMap(toRoutes) }],
    }));
}

/** A host name without a port means port 80, or the only choice there is. */
function isDefaultPort(service: Service, port: ServicePort): boolean {
  const http = service.ports.filter((candidate) => candidate.protocol === 'http');
  return (http.find((candidate) => candidate.port === 80) ?? http[0]) === port;
}

function toRoutes({ conditions, legs }: Routing[number]): RouteJson[] {
  const matches = conditions === undefined ? [{ prefix: '/' }] : conditions.map(toRouteMatch);
  return matches.map((match) => ({ match, ...toAction(legs) }));
}

/** A cluster that does not exist answers 503, which is what the share of a missing backend gets. */
function toAction(legs: readonly Leg[]): Pick<RouteJson, 'route' | 'directResponse'> {
  const [first, ...others] = legs;
  if (first === undefined) return { directResponse: { status: 503, body: { inlineString: 'no backend\n' } } };
  const common = { timeout: NO_TIMEOUT, clusterNotFoundResponseCode: 'SERVICE_UNAVAILABLE' } as const;
  if (others.length === 0) return { route: { cluster: serviceCluster(first.to), ...common } };
  const clusters = legs.map((leg) => ({ name: serviceCluster(leg.to), weight: leg.weight }));
  return { route: { weightedClusters: { clusters }, ...common } };
}
