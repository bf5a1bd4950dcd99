/** Servers that behave as they are told, on 127.0.0.1. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

export interface RawServer extends Disposable {
  readonly port: number;
  /** Requests that came. */
  readonly count: number;
  /** Connections that were made. */
  readonly connections: number;
}

/** Is told of each request, and sees to it that its sockets end. */
export async function serveRaw(onRequest: (socket: Socket, count: number) => void): Promise<RawServer> {
  let count = 0;
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket.on('error', () => undefined));
    socket.on('data', () => onRequest(socket, ++count));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    get count() {
      return count;
    },
    get connections() {
      return connections;
    },
    [Symbol.dispose]() {
      server.close();
      sockets.forEach((socket) => socket.destroy());
    },
  };
}
