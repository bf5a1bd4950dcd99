/** Ways to the metrics API. */
import { request } from 'node:http';
import { KubeError, type Kube } from '../kube/kube.js';
import type { MetricsEndpoint } from '../mesh/driver.js';
import type { Json } from '../smi/model.js';
import { status, type Answer } from './status.js';

const TIMEOUT_MS = 10_000;

/** A server that speaks plain HTTP, to us alone: it knows no users. */
export function httpEndpoint(
  { host, port }: { readonly host: string; readonly port: number },
  about: Pick<MetricsEndpoint, 'source' | 'lagMs'>,
): MetricsEndpoint {
  return { ...about, get: (path) => getJson(host, port, path) };
}

function getJson(host: string, port: number, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ host, port, path, agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: readBody(Buffer.concat(chunks).toString('utf8')) }),
      );
    });
    call.on('error', reject);
    call.end();
  });
}

/** What is no JSON is told as the text it is: whoever judges it will say that it is wrong. */
function readBody(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** An API server that aggregates the metrics API; it knows users, and whom the harness may impersonate. */
export function kubeEndpoint(
  kube: Pick<Kube, 'raw'>,
  about: Pick<MetricsEndpoint, 'source' | 'lagMs'>,
): MetricsEndpoint {
  return {
    ...about,
    get: async (path, as) => {
      try {
        return { status: 200, body: await kube.raw(path, as) };
      } catch (error) {
        if (!(error instanceof KubeError) || error.status === 0) throw error;
        return status(error.status, error.reason, error.message);
      }
    },
  };
}
