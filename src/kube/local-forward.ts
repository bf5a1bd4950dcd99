/** A port of this host that leads to a port of a pod: each connection to it is one through the API server. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Kube } from './kube.js';

const LOOPBACK = '127.0.0.1';

export interface LocalForward extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** Resolves when connections are taken. One that cannot be led on is reset. */
export async function forwardPort(
  kube: Pick<Kube, 'connect'>,
  pod: { readonly namespace: string; readonly pod: string },
  port: number,
): Promise<LocalForward> {
  const open = new Set<Socket | Duplex>();
  const server = createServer((local) => {
    keep(open, local);
    void kube.connect(pod, port).then(
      (remote) => join(open, local, remote),
      () => local.resetAndDestroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: LOOPBACK, port: 0 }, () => resolve());
  });
  return {
    host: LOOPBACK,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const stream of open) stream.destroy();
      await closed;
    },
  };
}

/** What ends on one side ends on the other. */
function join(open: Set<Socket | Duplex>, local: Socket, remote: Duplex): void {
  if (local.destroyed) {
    remote.destroy();
    return;
  }
  keep(open, remote);
  local.setNoDelay(true);
  local.pipe(remote).pipe(local);
  local.once('close', () => remote.destroy());
  remote.once('close', () => local.destroy());
}

function keep(open: Set<Socket | Duplex>, stream: Socket | Duplex): void {
  open.add(stream);
  stream.once('close', () => open.delete(stream));
  // Its end is dealt with where it closes.
  stream.on('error', () => undefined);
}
