/**
 * Bidirectional gRPC streams on bare HTTP/2, for thousands at a time: a message is its bytes behind a flag and a length. A stream of
 * a full gRPC client takes twice the memory and, worse, processor time that the control plane beside it should have.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
import type { IncomingHttpHeaders } from 'node:http';
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import type { XdsServer } from '../mesh/driver.js';

const PREFIX_BYTES = 5;
/** Flow control is not what is measured: a connection takes as much as all its streams are sent at once. */
const STREAM_WINDOW_BYTES = 2 ** 20;
const CONNECTION_WINDOW_BYTES = 2 ** 26;
/** In megabytes: what Node lets one connection of many streams hold. */
const SESSION_MEMORY_MB = 1_024;
const CALL_HEADERS = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' } as const;

export interface GrpcStreamEvents {
  message(bytes: Buffer): void;
  /** Once, whoever ended it. */
  end(reason: string): void;
}

export interface GrpcStream {
  send(message: Uint8Array, onSent?: () => void): void;
  cancel(): void;
}

/** A connection that is made when the first stream is opened, and made anew after it was lost. */
export class GrpcConnection {
  readonly #server: XdsServer;
  #session: ClientHttp2Session | undefined;

  constructor(server: XdsServer) {
    this.#server = server;
  }

  open(path: string, events: GrpcStreamEvents): GrpcStream {
    const request = this.#connected().request({ ...CALL_HEADERS, ':path': path }, { endStream: false });
    let reason = 'the connection ended';
    const note = (headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void => {
      const [code, message, status] = [headers['grpc-status'], headers['grpc-message'], headers[':status']];
      if (typeof code === 'string') reason = describeStatus(code, typeof message === 'string' ? message : '');
      else if (status !== undefined && status !== 200) reason = `it answered HTTP ${status}`;
    };
    request.on('response', note).on('trailers', note);
    request.on('error', (error: Error) => (reason = error.message));
    // Its trailers end the call, whatever we had still to say.
    request.on('end', () => request.close());
    request.on('close', () => events.end(reason));
    readMessages(request, (bytes) => events.message(bytes));
    return {
      send: (message, onSent) => request.write(frame(message), onSent),
      cancel: () => request.close(constants.NGHTTP2_CANCEL),
    };
  }

  close(): void {
    this.#session?.destroy();
  }

  #connected(): ClientHttp2Session {
    const current = this.#session;
    if (current !== undefined && !current.closed && !current.destroyed) return current;
    const { host, port, tls } = this.#server;
    const settings = { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES };
    const session = connect(`${tls === undefined ? 'http' : 'https'}://${host}:${port}`, {
      settings,
      maxSessionMemory: SESSION_MEMORY_MB,
      ...(tls === undefined ? {} : { ca: tls.caPem, cert: tls.certPem, key: tls.keyPem, servername: tls.serverName }),
    });
    session.on('error', () => undefined); // each of its streams tells it
    session.on('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
    this.#session = session;
    return session;
  }
}

function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  framed.writeUInt8(0, 0); // not compressed
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, PREFIX_BYTES);
  return framed;
}

/** Messages come in pieces, and several at once. */
function readMessages(stream: ClientHttp2Stream, onMessage: (bytes: Buffer) => void): void {
  let pieces: Buffer[] = [];
  let missing = PREFIX_BYTES;
  stream.on('data', (chunk: Buffer) => {
    pieces.push(chunk);
    missing -= chunk.length;
    if (missing > 0) return;
    let bytes = pieces.length === 1 ? chunk : Buffer.concat(pieces);
    pieces = [];
    for (;;) {
      const length = bytes.length < PREFIX_BYTES ? 0 : bytes.readUInt32BE(1);
      missing = PREFIX_BYTES + length - bytes.length;
      if (missing > 0) break;
      onMessage(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length));
      bytes = bytes.subarray(PREFIX_BYTES + length);
    }
    if (bytes.length > 0) pieces.push(bytes);
  });
}

function describeStatus(code: string, message: string): string {
  if (message === '') return `the control plane ended the stream with gRPC status ${code}`;
  // Percent-encoded, if the control plane keeps to the protocol.
  return message.replace(/%[0-9a-f]{2}/gi, (escape) => String.fromCharCode(parseInt(escape.slice(1), 16)));
}
