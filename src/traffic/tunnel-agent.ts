import { Agent, type ClientRequest } from 'node:http';
import { type Duplex, PassThrough } from 'node:stream';

/** An HTTP agent for connections that somebody else makes, and that are kept for the next request. */
export class TunnelAgent extends Agent {
  readonly #connect: () => Promise<Duplex>;
  #closed = false;

  constructor(connect: () => Promise<Duplex>) {
    super({ keepAlive: true });
    this.#connect = connect;
  }

  override createConnection(_options: unknown, done?: (error: Error | null, stream: Duplex) => void): undefined {
    this.#open().then(
      (stream) => done?.(null, stream),
      // Nobody looks at the stream beside an error.
      (error: Error) => done?.(error, new PassThrough()),
    );
  }

  /** A stream has no timers and no options of a socket. */
  override keepSocketAlive(): boolean {
    return true;
  }

  /** Node takes off the listeners of the idle time and calls `ref`, which not every stream has. */
  override reuseSocket(stream: Duplex, request: ClientRequest): void {
    super.reuseSocket('ref' in stream ? stream : Object.assign(stream, { ref: () => stream }), request);
  }

  override destroy(): void {
    this.#closed = true;
    super.destroy();
  }

  async #open(): Promise<Duplex> {
    const stream = await this.#connect();
    if (!this.#closed) return stream;
    stream.destroy();
    throw new Error('the client was closed');
  }
}
