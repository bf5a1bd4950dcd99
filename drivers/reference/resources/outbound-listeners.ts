/** Where the app of a pod finds the mesh, on the pod's own address: one listener for HTTP, and one for each TCP or UDP port of a service. */
import type { Leg } from '../policy/split.js';
import { refOf } from '../policy/split.js';
import type { FilterJson } from '../xds/gen/envoy/config/listener/v3/listener_components_pb.js';
import type { ListenerJson } from '../xds/gen/envoy/config/listener/v3/listener_pb.js';
import {
  TcpProxySchema,
  type TcpProxyJson,
} from '../xds/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import { typedConfig } from '../xds/resource.js';
import { NO_TIMEOUT, socketAddress } from './common.js';
import { httpManager } from './http-manager.js';
import { NOWHERE_CLUSTER, OUTBOUND_ROUTES, serviceCluster } from './names.js';
import type { RoutedPort } from './outbound.js';
import { PROXY_PORTS, type Proxy } from './proxy.js';
import type { Reuse } from './reuse.js';
import { udpProxy } from './udp-tunnel.js';

/** `portOf` answers the port of the pod's address that stands for a service port. */
export function buildOutboundListeners(
  proxy: Proxy,
  ports: readonly RoutedPort[],
  portOf: (port: RoutedPort) => number,
  memory: Reuse,
): ListenerJson[] {
  const services = ports.filter(({ port }) => port.protocol !== 'http');
  return [
    memory.once('out|http', () => httpListener(proxy)),
    ...services.map((routed) => {
      const { pod } = proxy;
      if (routed.port.protocol === 'udp') return datagramListener(pod.ip, routed, portOf(routed), memory);
      const legs = defaultLegs(routed);
      const localPort = portOf(routed);
      const cluster = serviceCluster(refOf(routed.service, routed.port));
      return memory.once(`${cluster}|${localPort}|${JSON.stringify(legs)}`, () => ({
        name: cluster,
        address: socketAddress(pod.ip, localPort),
        filterChains: [{ filters: [tcpProxy(cluster, legs)] }],
      }));
    }),
  ];
}

/** Datagrams are never redirected: the app sends them to its own proxy, to a port that stands for the service. */
export function datagramListener(
  host: string,
  { service, port }: RoutedPort,
  localPort: number,
  memory: Reuse,
): ListenerJson {
  const cluster = serviceCluster(refOf(service, port));
  return memory.once(`${cluster}|${port.targetPort}|${localPort}`, () => ({
    name: cluster,
    address: socketAddress(host, localPort, 'UDP'),
    udpListenerConfig: {},
    listenerFilters: [udpProxy(cluster, port.targetPort)],
  }));
}

/** Where a connection goes of which nothing but its destination is known. */
export function defaultLegs({ routing }: RoutedPort): readonly Leg[] {
  return routing.at(-1)?.legs ?? [];
}

/** Sends connections to the given legs. */
export function tcpProxy(statPrefix: string, legs: readonly Leg[]): FilterJson {
  const config: TcpProxyJson = { statPrefix, idleTimeout: NO_TIMEOUT, ...toDestination(legs) };
  return { name: 'envoy.filters.network.tcp_proxy', typedConfig: typedConfig(TcpProxySchema, config) };
}

function httpListener(proxy: Proxy): ListenerJson {
  return {
    name: 'out|http',
    address: socketAddress(proxy.pod.ip, PROXY_PORTS.outbound),
    filterChains: [{ filters: [httpManager(OUTBOUND_ROUTES, {})] }],
  };
}

function toDestination(legs: readonly Leg[]): Pick<TcpProxyJson, 'cluster' | 'weightedClusters'> {
  const [first, ...others] = legs;
  if (first === undefined) return { cluster: NOWHERE_CLUSTER };
  if (others.length === 0) return { cluster: serviceCluster(first.to) };
  return { weightedClusters: { clusters: legs.map((leg) => ({ name: serviceCluster(leg.to), weight: leg.weight })) } };
}
