import { isIP } from 'node:net';
import type { Identity } from '../../../src/certificates/authority.js';
import { PREFIX as TRAFFIC } from '../metrics/counters.js';
import { typedConfig } from '../xds/resource.js';
import type { BootstrapJson } from '../xds/gen/envoy/config/bootstrap/v3/bootstrap_pb.js';
import type { ClusterJson } from '../xds/gen/envoy/config/cluster/v3/cluster_pb.js';
import type { AddressJson } from '../xds/gen/envoy/config/core/v3/address_pb.js';
import { UpstreamTlsContextSchema } from '../xds/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import { HttpProtocolOptionsSchema } from '../xds/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';

const CONTROL_PLANE = 'control-plane';

/** Every Envoy of the mesh is started with these, besides `-c`. Changed listeners drain at once, or a denial would take seconds. */
export const ENVOY_FLAGS: readonly string[] = [
  '--disable-hot-restart',
  ...['--concurrency', '1'],
  ...['--drain-time-s', '1'],
  ...['--drain-strategy', 'immediate'],
  ...['--log-level', 'warning'],
];

/** Where the admin interface listens: on a path short enough for a Unix socket (about 100 bytes), or on a TCP port. */
export type AdminAddress =
  | { readonly kind: 'unix'; readonly path: string; readonly mode: number }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

export interface BootstrapOptions {
  readonly nodeId: string;
  /** An address or a name. */
  readonly adsHost: string;
  readonly adsPort: number;
  /** State of the world, or incremental. */
  readonly xds: 'sotw' | 'delta';
  readonly identity: Pick<Identity, 'certPem' | 'keyPem'>;
  readonly caPem: string;
  readonly controlPlaneSpiffeId: string;
  readonly admin: AdminAddress;
  /** Its counts of traffic are read often: see `COUNTING`. */
  readonly counting?: boolean;
}

/**
 * Reading statistics costs a proxy by the number of all that it keeps, so that it keeps little else than what is read; and no
 * histogram lags, since they are added up when somebody asks.
 */
const COUNTING: Pick<BootstrapJson, 'statsConfig' | 'statsFlushOnAdmin'> = {
  statsFlushOnAdmin: true,
  statsConfig: {
    statsMatcher: {
      inclusionList: {
        patterns: [
          ...Object.values(TRAFFIC),
          ...['cluster_manager', 'listener_manager', 'control_plane', 'server', `cluster.${CONTROL_PLANE}`],
        ].map((prefix) => ({ prefix: `${prefix}.` })),
      },
    },
  },
};

/** The configuration an Envoy starts with: everything else comes from the control plane. Holds a private key. */
export function envoyBootstrap(options: BootstrapOptions): BootstrapJson {
  const fromAds = { resourceApiVersion: 'V3', ads: {} } as const;
  return {
    node: { id: options.nodeId, cluster: 'meshgauge' },
    admin: { address: toAddress(options.admin) },
    ...(options.counting === true ? COUNTING : {}),
    dynamicResources: {
      adsConfig: {
        apiType: options.xds === 'delta' ? 'DELTA_GRPC' : 'GRPC',
        transportApiVersion: 'V3',
        setNodeOnFirstMessageOnly: true,
        grpcServices: [{ envoyGrpc: { clusterName: CONTROL_PLANE } }],
      },
      cdsConfig: fromAds,
      ldsConfig: fromAds,
    },
    staticResources: { clusters: [controlPlaneCluster(options)] },
  };
}

function toAddress(admin: AdminAddress): AddressJson {
  if (admin.kind === 'unix') return { pipe: { path: admin.path, mode: admin.mode } };
  return { socketAddress: { address: admin.host, portValue: admin.port } };
}

function controlPlaneCluster(options: BootstrapOptions): ClusterJson {
  const { adsHost, adsPort, identity, caPem, controlPlaneSpiffeId } = options;
  const address = { socketAddress: { address: adsHost, portValue: adsPort } };
  return {
    name: CONTROL_PLANE,
    ...(isIP(adsHost) === 0 ? { type: 'STRICT_DNS', dnsLookupFamily: 'V4_ONLY' } : { type: 'STATIC' }),
    connectTimeout: '1s',
    loadAssignment: { clusterName: CONTROL_PLANE, endpoints: [{ lbEndpoints: [{ endpoint: { address } }] }] },
    typedExtensionProtocolOptions: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': typedConfig(HttpProtocolOptionsSchema, {
        explicitHttpConfig: { http2ProtocolOptions: { connectionKeepalive: { interval: '30s', timeout: '5s' } } },
      }),
    },
    transportSocket: {
      name: 'envoy.transport_sockets.tls',
      typedConfig: typedConfig(UpstreamTlsContextSchema, {
        sni: CONTROL_PLANE,
        commonTlsContext: {
          alpnProtocols: ['h2'],
          // Upstream TLS ends at 1.2 unless told otherwise: a minimum alone makes every handshake fail.
          tlsParams: { tlsMinimumProtocolVersion: 'TLSv1_3', tlsMaximumProtocolVersion: 'TLSv1_3' },
          tlsCertificates: [
            {
              certificateChain: { inlineString: identity.certPem },
              privateKey: { inlineString: identity.keyPem },
            },
          ],
          validationContext: {
            trustedCa: { inlineString: caPem },
            matchTypedSubjectAltNames: [{ sanType: 'URI', matcher: { exact: controlPlaneSpiffeId } }],
          },
        },
      }),
    },
  };
}
