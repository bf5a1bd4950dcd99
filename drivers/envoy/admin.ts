/** HTTP to Envoy's admin interface over any connection: it listens on the pod's own loopback, so there is no address to call. */
import { request, type RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { TunnelAgent } from '../../src/traffic/tunnel-agent.js';

const TIMEOUT_MS = 10_000;

/** Opens one connection to the admin port. */
export type Connect = () => Promise<Duplex>;

/** Asks for one page. @throws Error with the page's name when there is no answer or one other than 200. */
export async function getPage(connect: Connect, path: string): Promise<string> {
  const connection = await connect();
  try {
    return await readPage({ createConnection: () => connection }, path);
  } finally {
    connection.destroy();
  }
}

/** Page after page over one connection, for whoever asks often; a connection that breaks is replaced at the next question. */
export class AdminPages implements Disposable {
  readonly #agent: TunnelAgent;

  constructor(connect: Connect) {
    this.#agent = new TunnelAgent(connect);
  }

  /** @throws Error as `getPage` does */
  get(path: string): Promise<string> {
    return readPage({ agent: this.#agent }, path);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

function readPage(way: Pick<RequestOptions, 'agent' | 'createConnection'>, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => reject(new Error(`${path}: ${cause.message}`, { cause }));
    const call = request({ path, host: 'localhost', signal: AbortSignal.timeout(TIMEOUT_MS), ...way }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
        else fail(new Error(`answered with status ${response.statusCode ?? 0}`));
      });
    });
    call.on('error', fail);
    call.end();
  });
}
