import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

export interface RelayTarget {
  readonly host: string;
  readonly port: number;
}

/** Chooses the far end of one connection; undefined when there is none. */
export type PickTarget = () => RelayTarget | undefined;

export interface Relay {
  /** The port it listens on. */
  readonly port: number;
  close(): Promise<void>;
}

/** Forwards every connection on `host:port` (0: any free port), byte by byte, to a target chosen when the connection arrives. */
export async function openTcpRelay(host: string, port: number, pick: PickTarget): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    const target = pick();
    if (target === undefined) {
      client.on('error', () => undefined).resetAndDestroy();
      return;
    }
    const upstream = connect({ ...target, allowHalfOpen: true, noDelay: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    upstream.once('connect', () => {
      client.pipe(upstream);
      upstream.pipe(client);
    });
    joinFates(client, upstream);
    joinFates(upstream, client);
  });
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A side that breaks resets the other one: a relay must not turn a refusal into a clean end. */
function joinFates(socket: Socket, other: Socket): void {
  socket.on('error', () => other.destroyed || other.resetAndDestroy());
  // Both directions ended: `pipe` has passed each end on, the other side closes by itself after its last byte.
  socket.once('close', (hadError) => hadError || other.destroyed || socket.readableEnded || other.resetAndDestroy());
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
