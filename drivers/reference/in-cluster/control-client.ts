/** The driver's end of the control protocol: each question on a connection of its own through the API server. */
import { request, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { HarnessError } from '../../../src/errors/harness-error.js';
import type { Usage } from '../../../fixtures/agent/protocol.js';
import type { NamespaceMode, PodSpec, SimulatedPod } from '../../../src/mesh/driver.js';
import {
  type Credentials,
  CredentialsSchema,
  ErrorSchema,
  type Health,
  HealthSchema,
  type ServedProxy,
  ServedProxySchema,
  type State,
  StateSchema,
  UsageSchema,
} from './control-protocol.js';

/** Certificates are waited for at the other end, which has a deadline of its own. */
const TIMEOUT_MS = 60_000;
const AnsweredSchema = z.object({ answered: z.boolean() });

export class ControlClient {
  readonly #connect: () => Promise<Duplex>;
  readonly #token: string;

  constructor(connect: () => Promise<Duplex>, token: string) {
    this.#connect = connect;
    this.#token = token;
  }

  async health(): Promise<Health> {
    return HealthSchema.parse(await this.#ask('GET', '/v1/health'));
  }

  /** Takes a proxy in, before its pod is made. */
  async addProxy(id: string, pod: PodSpec): Promise<Credentials> {
    const { name, namespace, serviceAccount, labels, meshed, ports } = pod;
    const spec: PodSpec = { name, namespace, serviceAccount, labels, meshed, ports };
    return CredentialsSchema.parse(await this.#ask('POST', '/v1/proxies', { id, pod: spec }));
  }

  /** Takes proxies in that nothing runs for; all of one service account. */
  async addSimulated(pods: readonly SimulatedPod[]): Promise<Credentials> {
    return CredentialsSchema.parse(await this.#ask('POST', '/v1/simulated', { pods }));
  }

  async removeSimulated(pods: readonly SimulatedPod[]): Promise<void> {
    await this.#ask('POST', '/v1/simulated-gone', { pods });
  }

  async usage(): Promise<Usage> {
    return UsageSchema.parse(await this.#ask('GET', '/v1/usage'));
  }

  /** Whether the proxy has answered, with yes or no, to everything it was sent. */
  async hasAnswered(id: string, timeoutMs: number): Promise<boolean> {
    return AnsweredSchema.parse(await this.#ask('POST', '/v1/answered', { id, timeoutMs })).answered;
  }

  async setMode(namespace: string, mode: NamespaceMode): Promise<void> {
    await this.#ask('POST', '/v1/mode', { namespace, mode });
  }

  async rotate(): Promise<void> {
    await this.#ask('POST', '/v1/rotation');
  }

  async state(): Promise<State> {
    return StateSchema.parse(await this.#ask('GET', '/v1/state'));
  }

  async served(): Promise<readonly ServedProxy[]> {
    return z.array(ServedProxySchema).parse(await this.#ask('GET', '/v1/served'));
  }

  async #ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const { status, text } = await this.#exchange(method, path, body);
    const answer = JSON.parse(text) as unknown;
    if (status === 200) return answer;
    throw new HarnessError(ErrorSchema.parse(answer));
  }

  async #exchange(method: string, path: string, body: unknown): Promise<{ status: number; text: string }> {
    let connection: Duplex | undefined;
    try {
      connection = await this.#connect();
      return await exchange(connection, { method, path, token: this.#token }, body);
    } catch (cause) {
      throw new HarnessError({
        code: 'E_CONTROL_PLANE',
        message: `the control plane of the reference mesh does not answer ${method} ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: 'see its log in the debug bundle, and whether the cluster is still there',
        cause,
      });
    } finally {
      connection?.destroy();
    }
  }
}

function exchange(
  connection: Duplex,
  { method, path, token }: { readonly method: string; readonly path: string; readonly token: string },
  body: unknown,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const call = request({
      method,
      path,
      host: 'localhost',
      headers: {
        authorization: `Bearer ${token}`,
        connection: 'close',
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      },
      createConnection: () => connection,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    call.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    call.on('error', reject);
    call.end(text);
  });
}
