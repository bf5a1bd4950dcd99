/**
 * UDP with identity: datagrams travel inside CONNECT-UDP over HTTP/2 with mutual TLS, so the server's proxy knows the caller
 * and authorizes each tunnel by route, like any HTTP request.
 */
import type { ListenerFilterJson } from '../xds/gen/envoy/config/listener/v3/listener_components_pb.js';
import type { RouteJson } from '../xds/gen/envoy/config/route/v3/route_components_pb.js';
import { RouteSchema as UdpRouteSchema } from '../xds/gen/envoy/extensions/filters/udp/udp_proxy/v3/route_pb.js';
import {
  UdpProxyConfigSchema,
  type UdpProxyConfig_UdpTunnelingConfigJson,
} from '../xds/gen/envoy/extensions/filters/udp/udp_proxy/v3/udp_proxy_pb.js';
import { FilterConfigSchema as HttpCapsuleSchema } from '../xds/gen/envoy/extensions/filters/udp/udp_proxy/session/http_capsule/v3/http_capsule_pb.js';
import type { UdpProxyConfig_SessionFilterJson } from '../xds/gen/envoy/extensions/filters/udp/udp_proxy/v3/udp_proxy_pb.js';
import type { Grant } from '../policy/access.js';
import { typedConfig } from '../xds/resource.js';
import { NO_TIMEOUT } from './common.js';
import { appCluster } from './names.js';
import { allowOnRoute } from './rbac.js';

/** Any name will do: the server's proxy knows its one app. */
const TARGET_HOST = 'app';
const UPGRADE = 'CONNECT-UDP';
/** A client that comes back later is authorized anew. */
const SESSION_IDLE = '10s';

/** Without it the tunnel carries bare bytes, which no other end can take apart into datagrams. */
const CAPSULES: UdpProxyConfig_SessionFilterJson = {
  name: 'envoy.filters.udp.session.http_capsule',
  typedConfig: typedConfig(HttpCapsuleSchema, {}),
};

/** Answers `CONNECT-UDP` on a server's tunnel listener. */
export const TUNNEL_UPGRADES = [{ upgradeType: UPGRADE }];

/** Sends the datagrams of a listener to a cluster: as they are, or through a tunnel to `tunnelTo`, a container port. */
export function udpProxy(cluster: string, tunnelTo?: number): ListenerFilterJson {
  const tunnelingConfig: UdpProxyConfig_UdpTunnelingConfigJson = {
    proxyHost: TARGET_HOST,
    targetHost: TARGET_HOST,
    ...(tunnelTo === undefined ? {} : { defaultTargetPort: tunnelTo }),
    bufferOptions: { maxBufferedDatagrams: 4096, maxBufferedBytes: '4194304' },
  };
  return {
    name: 'envoy.filters.udp_listener.udp_proxy',
    typedConfig: typedConfig(UdpProxyConfigSchema, {
      statPrefix: cluster,
      idleTimeout: SESSION_IDLE,
      matcher: { onNoMatch: { action: { name: 'route', typedConfig: typedConfig(UdpRouteSchema, { cluster }) } } },
      ...(tunnelTo === undefined ? {} : { tunnelingConfig, sessionFilters: [CAPSULES] }),
    }),
  };
}

/** Ends the tunnels to one UDP port of the app. */
export function tunnelRoute(trustDomain: string, port: number, grants: readonly Grant[]): RouteJson {
  return {
    match: {
      connectMatcher: {},
      headers: [{ name: ':path', stringMatch: { exact: `/.well-known/masque/udp/${TARGET_HOST}/${port}/` } }],
    },
    route: {
      cluster: appCluster(port, 'udp'),
      timeout: NO_TIMEOUT,
      upgradeConfigs: [{ upgradeType: UPGRADE, connectConfig: {} }],
    },
    typedPerFilterConfig: allowOnRoute(trustDomain, grants),
  };
}
