/** Mutual TLS between proxies: TLS 1.3, SPIFFE certificates over SDS. */
import type { TransportSocketJson } from '../xds/gen/envoy/config/core/v3/base_pb.js';
import type { CommonTlsContextJson } from '../xds/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import {
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from '../xds/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import type { SecretJson } from '../xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js';
import { typedConfig } from '../xds/resource.js';
import { ADS } from './common.js';

const WORKLOAD_SECRET = 'workload';
const CA_SECRET = 'ca';
const TLS = 'envoy.transport_sockets.tls';

/** Both bounds are needed: a client context allows no more than 1.2 by default. */
const COMMON: CommonTlsContextJson = {
  tlsParams: { tlsMinimumProtocolVersion: 'TLSv1_3', tlsMaximumProtocolVersion: 'TLSv1_3' },
  tlsCertificateSdsSecretConfigs: [{ name: WORKLOAD_SECRET, sdsConfig: ADS }],
};
const CA_CONFIG = { name: CA_SECRET, sdsConfig: ADS };

/** Demands a certificate of the mesh from every client. */
export function serverTls(alpnProtocols: readonly string[]): TransportSocketJson {
  return {
    name: TLS,
    typedConfig: typedConfig(DownstreamTlsContextSchema, {
      requireClientCertificate: true,
      commonTlsContext: { ...COMMON, alpnProtocols: [...alpnProtocols], validationContextSdsSecretConfig: CA_CONFIG },
    }),
  };
}

/** Presents the workload's certificate and accepts only servers with one of the given SPIFFE ids. */
export function clientTls(serverIds: readonly string[]): TransportSocketJson {
  return {
    name: TLS,
    typedConfig: typedConfig(UpstreamTlsContextSchema, {
      commonTlsContext: {
        ...COMMON,
        combinedValidationContext: {
          defaultValidationContext: {
            matchTypedSubjectAltNames: serverIds.map((exact) => ({ sanType: 'URI' as const, matcher: { exact } })),
          },
          validationContextSdsSecretConfig: CA_CONFIG,
        },
      },
    }),
  };
}

/** The secrets of one proxy: its own certificate and what it trusts. */
export function buildSecrets(
  identity: { readonly certPem: string; readonly keyPem: string },
  caPem: string,
): SecretJson[] {
  return [
    {
      name: WORKLOAD_SECRET,
      tlsCertificate: {
        certificateChain: { inlineString: identity.certPem },
        privateKey: { inlineString: identity.keyPem },
      },
    },
    { name: CA_SECRET, validationContext: { trustedCa: { inlineString: caPem } } },
  ];
}
