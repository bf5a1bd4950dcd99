/**
 * Where the connections of an app end up that are redirected to its proxy: one listener takes them all and hands each over to
 * the listener of its destination. What no service has for an address leaves as it came: the mesh is not a firewall.
 */
import type { Service, ServicePort } from '../../../src/mesh/driver.js';
import { portKey } from '../../../src/mesh/driver.js';
import { refOf } from '../policy/split.js';
import type { ClusterJson } from '../xds/gen/envoy/config/cluster/v3/cluster_pb.js';
import type { FilterJson } from '../xds/gen/envoy/config/listener/v3/listener_components_pb.js';
import type { ListenerJson } from '../xds/gen/envoy/config/listener/v3/listener_pb.js';
import { TcpProxySchema } from '../xds/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import { typedConfig } from '../xds/resource.js';
import { ANY_ADDRESS, CONNECT_TIMEOUT, LOOPBACK, NO_LIMITS, NO_TIMEOUT, socketAddress } from './common.js';
import { httpManager } from './http-manager.js';
import { NOWHERE_CLUSTER, PASSTHROUGH_CLUSTER, serviceCluster, serviceRoutes } from './names.js';
import { datagramListener, defaultLegs, tcpProxy } from './outbound-listeners.js';
import type { RoutedPort } from './outbound.js';
import { physicalPort, PROXY_PORTS } from './proxy.js';
import type { Reuse } from './reuse.js';

export const PASSTHROUGH: ClusterJson = {
  name: PASSTHROUGH_CLUSTER,
  type: 'ORIGINAL_DST',
  lbPolicy: 'CLUSTER_PROVIDED',
  connectTimeout: CONNECT_TIMEOUT,
  circuitBreakers: NO_LIMITS,
};

const CATCH_ALL: ListenerJson = {
  name: 'out',
  address: socketAddress(ANY_ADDRESS, PROXY_PORTS.outbound),
  useOriginalDst: true,
  filterChains: [
    // A connection to this very port has no other destination: passed through, it would come back for ever.
    { name: 'loop', filterChainMatch: { destinationPort: PROXY_PORTS.outbound }, filters: [forward(NOWHERE_CLUSTER)] },
    { name: 'passthrough', filters: [forward(PASSTHROUGH_CLUSTER)] },
  ],
};

/** `portOf` answers the port of the loopback address that stands for a UDP port of a service. */
export function buildRedirectedListeners(
  ports: readonly RoutedPort[],
  portOf: (port: RoutedPort) => number,
  memory: Reuse,
): ListenerJson[] {
  const taken = new Set<string>();
  const streams = ports.flatMap((routed) => destinationsOf(routed).map((destination) => ({ routed, ...destination })));
  return [
    CATCH_ALL,
    ...streams
      .filter(({ host, port }) => taken.size < taken.add(`${host}:${port}`).size)
      .map(({ routed, host, port }) => destinationListener(routed, host, port, memory)),
    ...ports
      .filter(({ port }) => port.protocol === 'udp')
      .map((routed) => datagramListener(LOOPBACK, routed, portOf(routed), memory)),
  ];
}

/** Addresses that mean a service port: the service's own, or, of a headless service, those of its pods. */
function destinationsOf({ service, port, pods }: RoutedPort): { host: string; port: number }[] {
  if (port.protocol === 'udp') return [];
  if (service.clusterIP !== undefined) return [{ host: service.clusterIP, port: boundPort(service, port) }];
  const target = { port: port.targetPort, protocol: port.protocol };
  return pods.map((pod) => ({ host: pod.ip, port: physicalPort(pod, target) }));
}

function boundPort(service: Service, port: ServicePort): number {
  return service.physicalPorts.get(portKey(port)) ?? port.port;
}

function destinationListener(routed: RoutedPort, host: string, port: number, memory: Reuse): ListenerJson {
  const ref = refOf(routed.service, routed.port);
  const name = `${serviceCluster(ref)}|${host}:${port}`;
  const listener = (filter: FilterJson): ListenerJson => ({
    name,
    address: socketAddress(host, port),
    bindToPort: false,
    filterChains: [{ filters: [filter] }],
  });
  if (routed.port.protocol === 'http') return memory.once(name, () => listener(httpManager(serviceRoutes(ref), {})));
  const legs = defaultLegs(routed);
  return memory.once(`${name}|${JSON.stringify(legs)}`, () => listener(tcpProxy(serviceCluster(ref), legs)));
}

function forward(cluster: string): FilterJson {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typedConfig: typedConfig(TcpProxySchema, { statPrefix: cluster, cluster, idleTimeout: NO_TIMEOUT }),
  };
}
