/** The server side of one proxy: mutual TLS, authorization, and the app behind it. */
import { portKey, type PodPort } from '../../../src/mesh/driver.js';
import type { InboundPolicy, InboundPort } from '../policy/access.js';
import type { ClusterJson } from '../xds/gen/envoy/config/cluster/v3/cluster_pb.js';
import type {
  FilterChainJson,
  FilterJson,
  ListenerFilterJson,
} from '../xds/gen/envoy/config/listener/v3/listener_components_pb.js';
import type { ListenerJson } from '../xds/gen/envoy/config/listener/v3/listener_pb.js';
import type { RouteConfigurationJson } from '../xds/gen/envoy/config/route/v3/route_pb.js';
import type { VirtualHostJson } from '../xds/gen/envoy/config/route/v3/route_components_pb.js';
import { OriginalDstSchema } from '../xds/gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.js';
import { TlsInspectorSchema } from '../xds/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js';
import { TcpProxySchema } from '../xds/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import { typedConfig } from '../xds/resource.js';
import {
  addressOf,
  ANY_ADDRESS,
  CONNECT_TIMEOUT,
  httpOptions,
  loadAssignment,
  NO_LIMITS,
  NO_TIMEOUT,
  SAME_PROTOCOL,
  socketAddress,
} from './common.js';
import { httpManager } from './http-manager.js';
import { appCluster, inboundRoutes, TUNNEL_ROUTES } from './names.js';
import { physicalPort, PROXY_PORTS, type Proxy } from './proxy.js';
import { allowOnRoute, allowUnchecked, HTTP_RBAC_FILTER, networkRbac } from './rbac.js';
import type { Reuse } from './reuse.js';
import { serverTls } from './tls.js';
import { TUNNEL_UPGRADES, tunnelRoute, udpProxy } from './udp-tunnel.js';

/** Shorter than the keep-alive of common HTTP servers, so that no request meets a connection the app is closing. */
const APP_IDLE_TIMEOUT = '2s';

const TLS_INSPECTOR: ListenerFilterJson = {
  name: 'envoy.filters.listener.tls_inspector',
  typedConfig: typedConfig(TlsInspectorSchema, {}),
};

/** Lets filter chains be chosen by the destination that a redirected connection had. */
const ORIGINAL_DESTINATION: ListenerFilterJson = {
  name: 'envoy.filters.listener.original_dst',
  typedConfig: typedConfig(OriginalDstSchema, {}),
};

/** The apps of a pod. */
export function buildAppClusters(proxy: Proxy, memory: Reuse): ClusterJson[] {
  return proxy.pod.ports.map((port) => {
    const name = appCluster(port.port, port.protocol);
    return memory.once(name, () => buildAppCluster(proxy, port, name));
  });
}

function buildAppCluster(proxy: Proxy, port: PodPort, name: string): ClusterJson {
  const listen = proxy.listen.get(portKey(port));
  const http = { ...SAME_PROTOCOL, commonHttpProtocolOptions: { idleTimeout: APP_IDLE_TIMEOUT } };
  return {
    name,
    type: 'STATIC',
    connectTimeout: CONNECT_TIMEOUT,
    circuitBreakers: NO_LIMITS,
    loadAssignment: loadAssignment(name, listen === undefined ? [] : [addressOf(listen)]),
    ...(port.protocol === 'http' ? { typedExtensionProtocolOptions: httpOptions(http) } : {}),
  };
}

/** HTTP listeners do not depend on grants: those are in the routes. */
export function buildInboundListeners(
  proxy: Proxy,
  policy: InboundPolicy,
  trustDomain: string,
  memory: Reuse,
): ListenerJson[] {
  const streams = policy.ports.filter((port) => port.protocol !== 'udp');
  const datagrams = policy.ports.filter((port) => port.protocol === 'udp');
  const listeners =
    proxy.interception === 'redirect'
      ? redirectedListener(policy, streams, trustDomain, memory)
      : streams.map((port) =>
          memory.once(`${policy.plaintext} ${keyOf(port)}`, () => streamListener(proxy, policy, port, trustDomain)),
        );
  return [
    ...listeners,
    ...(datagrams.length === 0 ? [] : [memory.once('in|udp-tunnel', () => tunnelListener(proxy))]),
    ...datagrams.filter((port) => takesPlainDatagrams(policy, port)).map((port) => plainDatagramListener(proxy, port)),
  ];
}

export function buildInboundRoutes(policy: InboundPolicy, trustDomain: string): RouteConfigurationJson[] {
  const http = policy.ports.filter((port) => port.protocol === 'http');
  const datagrams = policy.ports.filter((port) => port.protocol === 'udp');
  const tunnel: VirtualHostJson = {
    name: 'tunnel',
    domains: ['*'],
    routes: datagrams.map((port) => tunnelRoute(trustDomain, port.port, port.grants)),
  };
  return [
    ...http.map((port) => appRoutes(port, inboundRoutes(port.port, true), allowOnRoute(trustDomain, port.grants))),
    ...(policy.plaintext === 'unchecked'
      ? http.map((port) => appRoutes(port, inboundRoutes(port.port, false), allowUnchecked()))
      : []),
    ...(datagrams.length === 0 ? [] : [{ name: TUNNEL_ROUTES, virtualHosts: [tunnel] }]),
  ];
}

function appRoutes(
  port: InboundPort,
  name: string,
  typedPerFilterConfig: ReturnType<typeof allowOnRoute>,
): RouteConfigurationJson {
  const route = { cluster: appCluster(port.port, 'http'), timeout: NO_TIMEOUT };
  return {
    name,
    virtualHosts: [{ name: 'app', domains: ['*'], typedPerFilterConfig, routes: [{ match: { prefix: '/' }, route }] }],
  };
}

/** Everything that a listener of this port is made from, besides what never changes. */
function keyOf(port: InboundPort): string {
  return `in|${port.protocol}|${port.port}|${port.protocol === 'http' ? '' : JSON.stringify(port.grants)}`;
}

function streamListener(proxy: Proxy, policy: InboundPolicy, port: InboundPort, trustDomain: string): ListenerJson {
  return {
    name: `in|${port.protocol}|${port.port}`,
    address: socketAddress(proxy.pod.ip, physicalPort(proxy.pod, port)),
    listenerFilters: [TLS_INSPECTOR],
    filterChains: streamChains(policy, port, trustDomain),
  };
}

/** One listener for all ports, since it must not hand over by destination address as outbound does. A port the pod does not declare has no chain: refused. */
function redirectedListener(
  policy: InboundPolicy,
  ports: readonly InboundPort[],
  trustDomain: string,
  memory: Reuse,
): ListenerJson[] {
  if (ports.length === 0) return [];
  const listener = memory.once(`${policy.plaintext} ${ports.map(keyOf).join(' ')}`, (): ListenerJson => ({
    name: 'in',
    address: socketAddress(ANY_ADDRESS, PROXY_PORTS.inbound),
    listenerFilters: [ORIGINAL_DESTINATION, TLS_INSPECTOR],
    filterChains: ports.flatMap((port) =>
      streamChains(policy, port, trustDomain).map((chain) => ({
        ...chain,
        name: `${chain.name}|${port.port}`,
        filterChainMatch: { ...chain.filterChainMatch, destinationPort: port.port },
      })),
    ),
  }));
  return [listener];
}

/**
 * Mutual TLS, and plaintext beside it where the policy takes any. The first is the same whether there is a second, and the listener
 * looks for TLS anyway: a policy that changes then drains no connection but those in plaintext.
 */
function streamChains(policy: InboundPolicy, port: InboundPort, trustDomain: string): FilterChainJson[] {
  const filters = (checked: boolean): FilterJson[] =>
    port.protocol === 'http' ? [appHttpManager(port, checked)] : appTcpFilters(port, checked, trustDomain);
  const secure: FilterChainJson = {
    name: 'mtls',
    filterChainMatch: { transportProtocol: 'tls' },
    transportSocket: serverTls(port.protocol === 'http' ? ['h2', 'http/1.1'] : []),
    filters: filters(true),
  };
  if (policy.plaintext === 'refused') return [secure];
  return [
    secure,
    {
      name: 'plaintext',
      filterChainMatch: { transportProtocol: 'raw_buffer' },
      filters: filters(policy.plaintext === 'authorized'),
    },
  ];
}

/** Paths are normalised before they are judged and before the app sees them, so that both speak of the same path. */
function appHttpManager(port: InboundPort, checked: boolean): FilterJson {
  return httpManager(inboundRoutes(port.port, checked), {
    filters: [HTTP_RBAC_FILTER],
    forwardClientCertDetails: 'SANITIZE_SET',
    setCurrentClientCertDetails: { uri: true },
    normalizePath: true,
    mergeSlashes: true,
    pathWithEscapedSlashesAction: 'UNESCAPE_AND_FORWARD',
  });
}

function appTcpFilters(port: InboundPort, checked: boolean, trustDomain: string): FilterJson[] {
  const cluster = appCluster(port.port, 'tcp');
  return [
    ...(checked ? [networkRbac(trustDomain, cluster, port.grants)] : []),
    {
      name: 'envoy.filters.network.tcp_proxy',
      typedConfig: typedConfig(TcpProxySchema, { statPrefix: cluster, cluster, idleTimeout: NO_TIMEOUT }),
    },
  ];
}

function tunnelListener(proxy: Proxy): ListenerJson {
  const manager = httpManager(TUNNEL_ROUTES, {
    codecType: 'HTTP2',
    filters: [HTTP_RBAC_FILTER],
    http2ProtocolOptions: { allowConnect: true },
    upgradeConfigs: TUNNEL_UPGRADES,
  });
  return {
    name: 'in|udp-tunnel',
    address: socketAddress(ownAddress(proxy), PROXY_PORTS.udpTunnel),
    filterChains: [{ name: 'mtls', transportSocket: serverTls(['h2']), filters: [manager] }],
  };
}

/** A datagram outside a tunnel has no peer identity, so only a grant to anyone lets it in. */
function takesPlainDatagrams(policy: InboundPolicy, port: InboundPort): boolean {
  if (policy.plaintext === 'authorized') return port.grants.some((grant) => grant.peers.kind === 'anyone');
  return policy.plaintext === 'unchecked';
}

function plainDatagramListener(proxy: Proxy, port: InboundPort): ListenerJson {
  return {
    name: `in|udp|${port.port}`,
    address: socketAddress(ownAddress(proxy), physicalPort(proxy.pod, port), 'UDP'),
    udpListenerConfig: {},
    listenerFilters: [udpProxy(appCluster(port.port, 'udp'))],
  };
}

/** A proxy with an address of its own beside the app's takes only that; otherwise the pod is its alone. */
function ownAddress({ interception, pod }: Proxy): string {
  return interception === 'redirect' ? ANY_ADDRESS : pod.ip;
}
