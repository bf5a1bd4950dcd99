/** Pieces of proxy configuration that many resources share. */
import type { ListenAddress } from '../../../fixtures/agent/protocol.js';
import type { CircuitBreakersJson } from '../xds/gen/envoy/config/cluster/v3/circuit_breaker_pb.js';
import type { AddressJson } from '../xds/gen/envoy/config/core/v3/address_pb.js';
import type { ConfigSourceJson } from '../xds/gen/envoy/config/core/v3/config_source_pb.js';
import type { ClusterLoadAssignmentJson } from '../xds/gen/envoy/config/endpoint/v3/endpoint_pb.js';
import {
  HttpProtocolOptionsSchema,
  type HttpProtocolOptionsJson,
} from '../xds/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';
import { typedConfig } from '../xds/resource.js';

/** Everything comes over the one aggregated stream. */
export const ADS: ConfigSourceJson = { resourceApiVersion: 'V3', ads: {} };

export const NO_TIMEOUT = '0s';
export const CONNECT_TIMEOUT = '5s';

export const ANY_ADDRESS = '0.0.0.0';
export const LOOPBACK = '127.0.0.1';

/** A proxy of the mesh must never be what limits a load test. */
export const NO_LIMITS: CircuitBreakersJson = {
  thresholds: [{ maxConnections: 1_000_000, maxPendingRequests: 1_000_000, maxRequests: 1_000_000, maxRetries: 0 }],
};

export function socketAddress(address: string, port: number, protocol: 'TCP' | 'UDP' = 'TCP'): AddressJson {
  return { socketAddress: { protocol, address, portValue: port } };
}

/** Where a program in the same pod is reached: one that listens on every address, on loopback. */
export function addressOf(listen: ListenAddress): AddressJson {
  if (listen.kind === 'unix') return { pipe: { path: listen.path } };
  const host = listen.host === ANY_ADDRESS ? LOOPBACK : listen.host;
  return socketAddress(host, listen.port, listen.kind === 'udp' ? 'UDP' : 'TCP');
}

export function loadAssignment(clusterName: string, addresses: readonly AddressJson[]): ClusterLoadAssignmentJson {
  return { clusterName, endpoints: [{ lbEndpoints: addresses.map((address) => ({ endpoint: { address } })) }] };
}

/** `typedExtensionProtocolOptions` of a cluster. */
export function httpOptions(options: HttpProtocolOptionsJson) {
  return { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': typedConfig(HttpProtocolOptionsSchema, options) };
}

/** Upstream speaks what downstream spoke, so HTTP/1.1, HTTP/2, gRPC and WebSocket pass unchanged. */
export const SAME_PROTOCOL: HttpProtocolOptionsJson = {
  useDownstreamProtocolConfig: { httpProtocolOptions: { allowCustomMethods: true }, http2ProtocolOptions: {} },
};
