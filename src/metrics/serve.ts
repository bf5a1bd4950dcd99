/** The metrics API over HTTP. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerMetrics, type MetricsSource } from './answer.js';
import { Sampler, type SamplerOptions } from './sampler.js';
import { status, type Answer } from './status.js';
import type { Topology } from './topology.js';

/** What the API answers to a path, given how it would answer any other: a deliberate defect of a mesh that is there to be broken. */
export type Tamper = (path: string, ask: (path: string) => Answer) => Answer;

export interface MetricsApiOptions extends SamplerOptions {
  readonly source: MetricsSource;
  readonly topology: () => Topology | Promise<Topology>;
  readonly tamper?: Tamper;
}

/** Of a window: resources may be known from so long ago. */
const TOPOLOGY_FRESH = 1 / 20;

/** Answers questions from what proxies have counted. */
export class MetricsApi implements Disposable {
  readonly #options: MetricsApiOptions;
  readonly #sampler: Sampler;
  #topology: { readonly at: number; readonly read: Promise<Topology> } | undefined;

  /** Resolves after a first look at the proxies. */
  static async start(options: MetricsApiOptions): Promise<MetricsApi> {
    return new MetricsApi(options, await Sampler.start(options));
  }

  private constructor(options: MetricsApiOptions, sampler: Sampler) {
    this.#options = options;
    this.#sampler = sampler;
  }

  /** @param path with its query */
  async get(path: string): Promise<Answer> {
    const { source, tamper = (wanted, ask) => ask(wanted) } = this.#options;
    try {
      const question = { source, window: await this.#sampler.window(), topology: await this.#readTopology() };
      return tamper(path, (wanted) => answerMetrics(wanted, question));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return status(503, 'ServiceUnavailable', `the proxies cannot be asked: ${why}`);
    }
  }

  [Symbol.dispose](): void {
    this.#sampler[Symbol.dispose]();
  }

  /** Resources come and go more seldom than questions. */
  #readTopology(): Promise<Topology> {
    const { at, read } = this.#topology ?? {};
    if (at !== undefined && read !== undefined && Date.now() - at < this.#options.windowMs * TOPOLOGY_FRESH)
      return read;
    const fresh = Promise.resolve(this.#options.topology());
    this.#topology = { at: Date.now(), read: fresh };
    return fresh;
  }
}

/** For `node:http` and `node:https`. */
export function metricsListener(api: Pick<MetricsApi, 'get'>): RequestListener {
  return (request, response) => {
    const send = ({ status: code, body }: Answer): void =>
      void response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    request.resume();
    if (!takesJson(request.headers.accept))
      return send(status(406, 'NotAcceptable', 'only plain application/json is spoken here'));
    if (request.method !== 'GET')
      return send(status(405, 'MethodNotAllowed', `the metrics API can only be read, not ${request.method}`));
    void api.get(request.url ?? '/').then(send);
  };
}

/** API servers ask for a form of discovery first that few speak, and for the plain one when they are told so. */
function takesJson(accept = '*/*'): boolean {
  return accept.split(',').some((range) => /^(\*\/\*|application\/(\*|json))(?!.*\bas=)/.test(range.trim()));
}

export interface MetricsServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** Resolves once questions are taken. @param port 0: any that is free */
export async function serveMetrics(
  api: Pick<MetricsApi, 'get'>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<MetricsServer> {
  const server = createServer(metricsListener(api));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => resolve());
  });
  return {
    host,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
