/** Names of resources, as they appear in configuration dumps and statistics. */
import type { AppProtocol } from '../../../fixtures/agent/protocol.js';
import type { ServicePortRef } from '../policy/split.js';

/** The cluster of one service port: all its pods, by selector. */
export function serviceCluster(to: ServicePortRef): string {
  return `out|${to.protocol}|${to.service}.${to.namespace}|${to.port}`;
}

/** The cluster of the app behind its own proxy. */
export function appCluster(port: number, protocol: AppProtocol): string {
  return `app|${protocol}|${port}`;
}

/** The route configurations of one HTTP port: with authorization, and the one that asks nothing. */
export function inboundRoutes(port: number, checked: boolean): string {
  return `${checked ? 'in' : 'in-unchecked'}|${port}`;
}

/** All HTTP routes of an app that says by host name which service it means. */
export const OUTBOUND_ROUTES = 'outbound';

/** The HTTP routes of one service port, for an app that says by address which service it means. */
export function serviceRoutes(to: ServicePortRef): string {
  return `${OUTBOUND_ROUTES}|${to.service}.${to.namespace}|${to.port}`;
}

export const TUNNEL_ROUTES = 'in-udp';
/** Whatever destination a redirected connection had. */
export const PASSTHROUGH_CLUSTER = 'passthrough';
/** Never served: what is sent there fails. */
export const NOWHERE_CLUSTER = 'nowhere';
