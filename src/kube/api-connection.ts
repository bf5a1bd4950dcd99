/**
 * One authenticated HTTP(S) way to an API server: plain requests, streamed answers, WebSockets. Objects travel as the JSON they are:
 * the generated models of the client library would drop fields they do not know. Credentials and TLS come from its `KubeConfig`.
 */
import { createHash } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import type { Json } from '../smi/model.js';
import WebSocket from 'ws';
import { backoffMs, rest } from './backoff.js';
import { answerError, ApiError, connectionError } from './errors.js';
import type { LoadedKubeconfig } from './kubeconfig.js';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query below the server's address. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const ANSWER_TIMEOUT_MS = 60_000;
/** A dead peer is noticed by probes of the kernel, also while nothing is sent. */
const TCP_PROBE_MS = 15_000;
/** How often a request that the server turned away with 429 is sent again; such requests were not carried out. */
const THROTTLED_ATTEMPTS = 5;
const THROTTLED = { firstMs: 200, mostMs: 5_000 };

export class ApiConnection {
  readonly server: string;
  readonly #kubeconfig: LoadedKubeconfig;
  #pool: { readonly key: string; readonly agent: HttpAgent } | undefined;

  constructor(kubeconfig: LoadedKubeconfig) {
    this.#kubeconfig = kubeconfig;
    this.server = kubeconfig.server;
  }

  /** The parsed JSON answer. @throws KubeError */
  async json<Answer = Json>(request: ApiRequest): Promise<Answer> {
    return JSON.parse(await this.text(request)) as Answer;
  }

  /** The whole answer. @throws KubeError */
  async text(request: ApiRequest): Promise<string> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#exchange(request);
      } catch (error) {
        const throttled = error instanceof ApiError && error.status === 429 && attempt + 1 < THROTTLED_ATTEMPTS;
        if (!throttled || request.signal?.aborted) throw error;
        await rest(backoffMs(attempt, error, THROTTLED), request.signal);
      }
    }
  }

  /** An answer read piece by piece; its status was success. @throws KubeError */
  async stream(request: ApiRequest): Promise<IncomingMessage> {
    const response = await this.#send(request);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw answerError(
      `${request.method} ${request.path}`,
      status,
      await readAll(response),
      response.headers['retry-after'],
    );
  }

  /** An open WebSocket with one of `protocols`, paused: resume it once the listeners are set. @throws KubeError */
  async webSocket(path: string, protocols: readonly string[], signal?: AbortSignal): Promise<OpenSocket> {
    const { agent, ...options } = await this.#options();
    const url = new URL(this.#url(path).href.replace(/^http/, 'ws'));
    const socket = new WebSocket(url, [...protocols], {
      ...options,
      headers: { ...(options.headers as Record<string, string> | undefined) },
      // A socket never goes back to a pool, so only a proxy's agent is of use.
      ...(this.#proxied ? { agent } : {}),
      perMessageDeflate: false,
      handshakeTimeout: ANSWER_TIMEOUT_MS,
    });
    return await openSocket(socket, this.server, `open ${path}`, signal);
  }

  async #exchange(request: ApiRequest): Promise<string> {
    const response = await this.stream(request);
    response.setTimeout(ANSWER_TIMEOUT_MS, () => response.destroy(new Error('the answer broke off')));
    try {
      return await readAll(response);
    } catch (error) {
      throw connectionError(this.server, error);
    }
  }

  async #send(request: ApiRequest): Promise<IncomingMessage> {
    const options = await this.#options();
    try {
      return await this.#attempt(request, options);
    } catch (error) {
      if (request.signal?.aborted) throw error;
      // The server may close an idle connection just as we pick it: nothing of the request was seen, so a new one is safe.
      if (!(error instanceof StaleConnection)) throw connectionError(this.server, error);
    }
    try {
      return await this.#attempt(request, { ...options, agent: false });
    } catch (error) {
      throw connectionError(this.server, error);
    }
  }

  async #attempt(request: ApiRequest, options: RequestOptions): Promise<IncomingMessage> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const url = this.#url(request.path);
    const send = url.protocol === 'http:' ? httpRequest : httpsRequest;
    return await new Promise((resolve, reject) => {
      const outgoing = send(url, {
        ...options,
        method: request.method,
        headers: {
          ...(options.headers as Record<string, string> | undefined),
          accept: 'application/json, */*',
          'user-agent': 'meshgauge',
          ...request.headers,
          ...(body === undefined
            ? {}
            : { 'content-type': request.contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
      outgoing.setSocketKeepAlive(true, TCP_PROBE_MS);
      outgoing.setTimeout(ANSWER_TIMEOUT_MS, () =>
        outgoing.destroy(new Error(`no answer in ${ANSWER_TIMEOUT_MS / 1000} s`)),
      );
      outgoing.on('response', (response) => {
        // How long a body may take is the reader's business.
        outgoing.setTimeout(0);
        resolve(response);
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        const stale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        reject(stale ? new StaleConnection() : error);
      });
      outgoing.end(body);
    });
  }

  get #proxied(): boolean {
    return Boolean(this.#kubeconfig.config.getCurrentCluster()?.proxyUrl);
  }

  #url(path: string): URL {
    return new URL(this.server.replace(/\/+$/, '') + path);
  }

  /** Asked anew for each request: tokens change. Connections are kept as long as the certificates stay the same. */
  async #options(): Promise<RequestOptions> {
    const options: RequestOptions = {};
    try {
      await this.#kubeconfig.config.applyToHTTPSOptions(options);
    } catch (error) {
      throw new ApiError({
        status: 0,
        reason: '',
        message: `the credentials of context '${this.#kubeconfig.context}' cannot be had: ${error instanceof Error ? error.message : String(error)}`,
        cause: error,
      });
    }
    if (!this.#proxied) options.agent = this.#pooledAgent(options);
    return options;
  }

  #pooledAgent(options: RequestOptions): HttpAgent {
    const hash = createHash('sha256');
    for (const part of [options.ca, options.cert, options.key]) {
      if (typeof part === 'string' || Buffer.isBuffer(part)) hash.update(part);
      hash.update('|');
    }
    const key = hash.digest('hex');
    if (this.#pool?.key !== key) {
      const { ca, cert, key: privateKey, rejectUnauthorized, servername } = options;
      const agent = this.server.startsWith('http:')
        ? new HttpAgent({ keepAlive: true })
        : new HttpsAgent({ ca, cert, key: privateKey, rejectUnauthorized, servername, keepAlive: true });
      this.#pool = { key, agent };
    }
    return this.#pool.agent;
  }
}

/** A WebSocket past its handshake, and the connection beneath. */
export interface OpenSocket {
  readonly socket: WebSocket;
  readonly connection: IncomingMessage['socket'];
}

class StaleConnection extends Error {}

async function openSocket(socket: WebSocket, server: string, what: string, signal?: AbortSignal): Promise<OpenSocket> {
  let connection: IncomingMessage['socket'] | undefined;
  const abort = (): void => socket.terminate();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      if (signal?.aborted) socket.terminate();
      socket.on('upgrade', (response) => {
        connection = response.socket;
        connection.setKeepAlive(true, TCP_PROBE_MS);
      });
      socket.once('unexpected-response', (_request, response) => {
        readAll(response)
          .then(
            (body) => reject(answerError(what, response.statusCode ?? 0, body, response.headers['retry-after'])),
            (error: unknown) => reject(connectionError(server, error)),
          )
          .finally(() => socket.terminate());
      });
      socket.on('error', (error) => reject(connectionError(server, error)));
      socket.once('open', () => {
        socket.pause();
        if (connection !== undefined) resolve({ socket, connection });
      });
    });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
