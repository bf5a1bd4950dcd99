/** The metrics API behind an API server, which asks on behalf of users and has asked before whether they may. */
import { createServer } from 'node:https';
import type { Server } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { HarnessError } from '../errors/harness-error.js';
import type { Kube } from '../kube/kube.js';
import type { KubeObject } from '../smi/model.js';
import { GROUP, VERSION } from './resources.js';
import { metricsListener, type MetricsApi } from './serve.js';

/** By what an API server introduces itself to the APIs that it aggregates. */
export interface Aggregator {
  /** Who signs its certificate. */
  readonly clientCaPem: string;
  /** What it may be called; none: anything. */
  readonly clientNames: readonly string[];
}

const AGGREGATOR = {
  ...{ apiVersion: 'v1', kind: 'ConfigMap' },
  ...{ namespace: 'kube-system', name: 'extension-apiserver-authentication' },
};
/** The role that may read it comes with every cluster. */
export const AGGREGATOR_READER = { namespace: AGGREGATOR.namespace, role: 'extension-apiserver-authentication-reader' };

/** @throws HarnessError E_METRICS_API */
export async function readAggregator(kube: Pick<Kube, 'get'>): Promise<Aggregator> {
  const data = ((await kube.get(AGGREGATOR))?.['data'] ?? {}) as Readonly<Record<string, string>>;
  const clientCaPem = data['requestheader-client-ca-file'];
  if (clientCaPem === undefined)
    throw metricsError('the API server does not say how it introduces itself to APIs that it aggregates');
  return { clientCaPem, clientNames: JSON.parse(data['requestheader-allowed-names'] ?? '[]') as string[] };
}

/** Not listening yet. Whoever is no API server is not answered: users would be asked for their rights nowhere. */
export function createAggregatedServer(
  api: Pick<MetricsApi, 'get'>,
  identity: { readonly certPem: string; readonly keyPem: string },
  { clientCaPem, clientNames }: Aggregator,
): Server {
  const listener = metricsListener(api);
  const tls = {
    cert: identity.certPem,
    key: identity.keyPem,
    ca: clientCaPem,
    requestCert: true,
    rejectUnauthorized: true,
  };
  return createServer(tls, (request, response) => {
    const { CN: name } = (request.socket as TLSSocket).getPeerCertificate().subject;
    const isKnown = [name].flat().some((one) => one !== undefined && clientNames.includes(one));
    if (clientNames.length === 0 || isKnown) return listener(request, response);
    response.writeHead(403).end();
  });
}

/** Leads to a port of a service. */
export function metricsApiService(
  labels: Readonly<Record<string, string>>,
  caPem: string,
  service: { readonly namespace: string; readonly name: string; readonly port: number },
): KubeObject {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${VERSION}.${GROUP}`, labels },
    spec: {
      group: GROUP,
      version: VERSION,
      groupPriorityMinimum: 100,
      versionPriority: 100,
      caBundle: Buffer.from(caPem).toString('base64'),
      service: { ...service },
    },
  };
}

export function metricsError(message: string, cause?: unknown): HarnessError {
  return new HarnessError({
    code: 'E_METRICS_API',
    message,
    hint: 'the cluster must aggregate APIs; cases of other areas run without (--profile extended)',
    ...(cause === undefined ? {} : { cause }),
  });
}
