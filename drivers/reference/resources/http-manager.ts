/** HTTP connection managers. Routes always come over RDS: they change without touching connections. */
import type { FilterJson } from '../xds/gen/envoy/config/listener/v3/listener_components_pb.js';
import {
  HttpConnectionManagerSchema,
  type HttpConnectionManagerJson,
  type HttpFilterJson,
} from '../xds/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { RouterSchema } from '../xds/gen/envoy/extensions/filters/http/router/v3/router_pb.js';
import { typedConfig } from '../xds/resource.js';
import { ADS, NO_TIMEOUT } from './common.js';

const ROUTER: HttpFilterJson = {
  name: 'envoy.filters.http.router',
  typedConfig: typedConfig(RouterSchema, { suppressEnvoyHeaders: true }),
};

/** Changes nothing in a request but what `options` ask for. */
export function httpManager(
  routeConfigName: string,
  options: HttpConnectionManagerJson & { readonly filters?: readonly HttpFilterJson[] },
): FilterJson {
  const { filters = [], ...rest } = options;
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typedConfig: typedConfig(HttpConnectionManagerSchema, {
      statPrefix: routeConfigName,
      rds: { routeConfigName, configSource: ADS },
      httpFilters: [...filters, ROUTER],
      httpProtocolOptions: { allowCustomMethods: true },
      upgradeConfigs: [{ upgradeType: 'websocket' }],
      streamIdleTimeout: NO_TIMEOUT,
      generateRequestId: false,
      skipXffAppend: true,
      serverHeaderTransformation: 'PASS_THROUGH',
      ...rest,
    }),
  };
}
