/** Where the app of a pod finds the mesh: one listener for HTTP, and one for each TCP or UDP port of a service. */
import type { Leg } from '../policy/split.js';
import { refOf } from '../policy/split.js';
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
      const legs = routed.routing.at(-1)?.legs ?? [];
      const localPort = portOf(routed);
      const key = `${serviceCluster(refOf(routed.service, routed.port))}|${routed.port.targetPort}|${localPort}|${JSON.stringify(legs)}`;
      return memory.once(key, () => serviceListener(proxy, routed, localPort, legs));
    }),
  ];
}

function httpListener(proxy: Proxy): ListenerJson {
  return {
    name: 'out|http',
    address: socketAddress(proxy.pod.ip, PROXY_PORTS.outboundHttp),
    filterChains: [{ filters: [httpManager(OUTBOUND_ROUTES, {})] }],
  };
}

function serviceListener(
  proxy: Proxy,
  { service, port }: RoutedPort,
  localPort: number,
  legs: readonly Leg[],
): ListenerJson {
  const cluster = serviceCluster(refOf(service, port));
  if (port.protocol === 'udp') {
    return {
      name: cluster,
      address: socketAddress(proxy.pod.ip, localPort, 'UDP'),
      udpListenerConfig: {},
      listenerFilters: [udpProxy(cluster, port.targetPort)],
    };
  }
  const proxyConfig: TcpProxyJson = { statPrefix: cluster, idleTimeout: NO_TIMEOUT, ...toDestination(legs) };
  return {
    name: cluster,
    address: socketAddress(proxy.pod.ip, localPort),
    filterChains: [
      { filters: [{ name: 'envoy.filters.network.tcp_proxy', typedConfig: typedConfig(TcpProxySchema, proxyConfig) }] },
    ],
  };
}

function toDestination(legs: readonly Leg[]): Pick<TcpProxyJson, 'cluster' | 'weightedClusters'> {
  const [first, ...others] = legs;
  if (first === undefined) return { cluster: NOWHERE_CLUSTER };
  if (others.length === 0) return { cluster: serviceCluster(first.to) };
  return { weightedClusters: { clusters: legs.map((leg) => ({ name: serviceCluster(leg.to), weight: leg.weight })) } };
}
