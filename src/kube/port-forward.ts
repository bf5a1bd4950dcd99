/**
 * A connection to a port of a pod as a stream. One WebSocket per connection carries two channels, data and error; on each the server
 * first repeats the port. Neither side may outrun the other: the socket is not read while the reader lags behind, and a write is done
 * when the kernel has taken it.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { ApiConnection, OpenSocket } from './api-connection.js';
import { ApiError } from './errors.js';
import { podPath } from './exec.js';

const CHANNEL = { data: 0, error: 1 } as const;
const PROTOCOL = 'v4.channel.k8s.io';
/** The server reads a frame whole: small ones keep its memory and our latency low. */
const FRAME_BYTES = 128 * 1024;
const PORT_BYTES = 2;
const GOODBYE_MS = 1_000;
/** WebSocket close codes of an orderly end. */
const ORDERLY = new Set([1000, 1005]);

/** @throws KubeError when there is no such pod or it may not be forwarded to; a refusal by the port itself ends the stream with an error. */
export async function connectToPod(
  api: ApiConnection,
  pod: { readonly namespace: string; readonly pod: string },
  port: number,
): Promise<PodStream> {
  const open = await api.webSocket(`${podPath(pod)}/portforward?ports=${port}`, [PROTOCOL]);
  return new PodStream(open, `port ${port} of pod ${pod.namespace}/${pod.pod}`);
}

/**
 * Half-closing: after `end()` reading goes on until the pod closes its side. The pod does not hear of the `end()` itself: this protocol
 * has no word for it, so a peer that answers only after end-of-input needs another sign.
 * The methods of a socket are there so that an HTTP client takes it for one.
 */
export class PodStream extends Duplex {
  readonly #socket: OpenSocket['socket'];
  readonly #connection: Socket;
  readonly #what: string;
  /** Per channel: how many bytes of the repeated port are still to come. */
  readonly #preamble = [PORT_BYTES, PORT_BYTES];
  #refusal = '';

  constructor({ socket, connection }: OpenSocket, what: string) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#connection = connection;
    this.#what = what;
    socket.on('message', (data: Buffer) => this.#receive(data));
    socket.once('close', (code) => this.#closed(code));
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, 0, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (error === null) this.#sayGoodbye();
    else this.#socket.terminate();
    done(error);
  }

  ref(): this {
    this.#connection.ref();
    return this;
  }

  unref(): this {
    this.#connection.unref();
    return this;
  }

  setKeepAlive(enable?: boolean, initialDelayMs?: number): this {
    this.#connection.setKeepAlive(enable, initialDelayMs);
    return this;
  }

  setNoDelay(noDelay?: boolean): this {
    this.#connection.setNoDelay(noDelay);
    return this;
  }

  setTimeout(timeoutMs: number, listener?: () => void): this {
    this.#connection.setTimeout(timeoutMs);
    this.#connection.removeAllListeners('timeout');
    this.#connection.on('timeout', () => this.emit('timeout'));
    if (listener !== undefined) this.once('timeout', listener);
    return this;
  }

  /** In good order, so that what was written still arrives; a peer that is held up itself gets no more than a moment. */
  #sayGoodbye(): void {
    this.#socket.close(1000);
    // A paused socket would never read the answer.
    this.#socket.resume();
    const timer = setTimeout(() => this.#socket.terminate(), GOODBYE_MS);
    this.#socket.once('close', () => clearTimeout(timer));
    if (this.#socket.readyState === this.#socket.CLOSED) clearTimeout(timer);
  }

  #send(chunk: Buffer, from: number, done: (error?: Error | null) => void): void {
    const part = chunk.subarray(from, from + FRAME_BYTES);
    const to = from + part.length;
    this.#socket.send(Buffer.concat([Buffer.of(CHANNEL.data), part]), (error) => {
      if (error) done(this.#broken(error.message));
      else if (to < chunk.length) this.#send(chunk, to, done);
      else done();
    });
  }

  #receive(frame: Buffer): void {
    if (this.destroyed) return;
    const channel = frame[0] ?? -1;
    const skipped = Math.min(this.#preamble[channel] ?? 0, frame.length - 1);
    if (skipped > 0) this.#preamble[channel] = (this.#preamble[channel] ?? 0) - skipped;
    const payload = frame.subarray(1 + skipped);
    if (payload.length === 0) return;
    if (channel === CHANNEL.error) this.#refusal += payload.toString('utf8');
    else if (channel === CHANNEL.data && !this.push(payload)) this.#socket.pause();
  }

  #closed(code: number): void {
    if (this.destroyed) return;
    if (this.#refusal !== '') this.destroy(this.#broken(this.#refusal.trim()));
    else if (!ORDERLY.has(code)) this.destroy(this.#broken('the connection to the Kubernetes API broke'));
    else {
      this.push(null);
      // Nobody is left to write to.
      this.end();
    }
  }

  #broken(why: string): ApiError {
    return new ApiError({ status: 0, reason: 'PortForward', message: `${this.#what}: ${why}` });
  }
}
