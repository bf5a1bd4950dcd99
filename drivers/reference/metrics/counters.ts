/**
 * Has each proxy count HTTP requests by who asked whom. What Envoy counts unasked cannot tell peers apart, so its HTTP managers
 * keep statistics with tags: at the client's end the service that was called, the one that a split chose and the pod that
 * answered; at the server's end the identity in the client's certificate.
 */
import type { AnyJson } from '@bufbuild/protobuf/wkt';
import type { AccessLogJson } from '../xds/gen/envoy/config/accesslog/v3/accesslog_pb.js';
import type { FilterJson } from '../xds/gen/envoy/config/listener/v3/listener_components_pb.js';
import type { ListenerJson } from '../xds/gen/envoy/config/listener/v3/listener_pb.js';
import type { RouteConfigurationJson } from '../xds/gen/envoy/config/route/v3/route_pb.js';
import type { HttpConnectionManagerJson } from '../xds/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { HttpConnectionManagerSchema } from '../xds/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { TypedStructSchema } from '../xds/gen/xds/type/v3/typed_struct_pb.js';
import type { ProxyResources } from '../compile.js';
import { OUTBOUND_ROUTES } from '../resources/names.js';
import { TYPE, typedConfig } from '../xds/resource.js';

/** Before the names of the statistics. */
export const PREFIX = { client: 'traffic.out', server: 'traffic.in' } as const;
export const COUNTER = 'requests';
export const HISTOGRAM = 'latency';

/** Tags in their order, none of them a word of a name or address. */
export const TAGS = {
  client: {
    called_route: '%ROUTE_NAME%',
    upstream_cluster: '%UPSTREAM_CLUSTER%',
    upstream_host: '%UPSTREAM_REMOTE_ADDRESS%',
  },
  server: { peer_identity: '%DOWNSTREAM_PEER_URI_SAN%' },
} as const;
export const STATUS_TAG = { response_status: '%RESPONSE_CODE%' } as const;

/** From the first byte that came in to the last that went out. */
const DURATION = '%COMMON_DURATION(DS_RX_BEG:DS_TX_END:us)%';
const MANAGER = `type.googleapis.com/${HttpConnectionManagerSchema.typeName}`;

/** Older proxies of the same API know another form of it; a struct is read by whoever gets it. */
const LOGS = { client: accessLog('client'), server: accessLog('server') };

/** Remembers what it made, so that what did not change stays the same object. */
export class TrafficCounters {
  readonly #listeners = new WeakMap<ListenerJson, ListenerJson>();
  readonly #routes = new WeakMap<RouteConfigurationJson, RouteConfigurationJson>();

  addTo(resources: ProxyResources): ProxyResources {
    return {
      ...resources,
      [TYPE.listener]: resources[TYPE.listener].map((one) => once(this.#listeners, one, countingListener)),
      [TYPE.route]: resources[TYPE.route].map((one) => once(this.#routes, one, namedRoutes)),
    };
  }
}

function countingListener(listener: ListenerJson): ListenerJson {
  if (listener.filterChains === undefined) return listener;
  const filterChains = listener.filterChains.map((chain) => ({
    ...chain,
    filters: (chain.filters ?? []).map(countingFilter),
  }));
  return { ...listener, filterChains };
}

function countingFilter(filter: FilterJson): FilterJson {
  const manager = filter.typedConfig;
  if (manager?.['@type'] !== MANAGER) return filter;
  const log = logOf((manager as HttpConnectionManagerJson).statPrefix ?? '');
  if (log === undefined) return filter;
  const counting: AnyJson & HttpConnectionManagerJson = { ...manager, accessLog: [log] };
  return { ...filter, typedConfig: counting };
}

/** Tunnels of datagrams are no requests of anybody. */
function logOf(statPrefix: string): AccessLogJson | undefined {
  if (statPrefix.split('|')[0] === OUTBOUND_ROUTES) return LOGS.client;
  return /^in(-unchecked)?\|/.test(statPrefix) ? LOGS.server : undefined;
}

/** Each route is called after the service whose calls it takes, for the statistics to say so. */
function namedRoutes(routes: RouteConfigurationJson): RouteConfigurationJson {
  const [kind, service, port] = (routes.name ?? '').split('|');
  if (kind !== OUTBOUND_ROUTES || routes.virtualHosts === undefined) return routes;
  const virtualHosts = routes.virtualHosts.map((host) => ({
    ...host,
    routes: (host.routes ?? []).map((route) => ({
      ...route,
      name: service === undefined ? (host.name ?? '') : `${service}:${port}`,
    })),
  }));
  return { ...routes, virtualHosts };
}

function accessLog(side: keyof typeof TAGS): AccessLogJson {
  const tags = Object.entries(TAGS[side]).map(toTag);
  return {
    name: 'envoy.access_loggers.stats',
    typedConfig: typedConfig(TypedStructSchema, {
      typeUrl: 'type.googleapis.com/envoy.extensions.access_loggers.stats.v3.Config',
      value: {
        stats_scope: { prefix: PREFIX[side] },
        counters: [
          { stat: { name: COUNTER, tags: [...tags, ...Object.entries(STATUS_TAG).map(toTag)] }, value_fixed: 1 },
        ],
        histograms: [{ stat: { name: HISTOGRAM, tags }, unit: 'Microseconds', value_format: DURATION }],
      },
    }),
  };
}

function toTag([name, value]: [string, string]): { name: string; value_format: string } {
  return { name, value_format: value };
}

function once<T extends object>(memory: WeakMap<T, T>, key: T, build: (key: T) => T): T {
  const value = memory.get(key) ?? build(key);
  memory.set(key, value);
  return value;
}
