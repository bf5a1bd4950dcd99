import { type Socket, createSocket } from 'node:dgram';
import type { PickTarget, Relay } from './tcp-relay.js';

/** As long as the usual connection tracking of a kernel keeps an unanswered UDP flow. */
const IDLE_MS = 30_000;

interface Session {
  readonly upstream: Socket;
  readonly idle: NodeJS.Timeout;
}

/** Forwards datagrams on `host:port` (0: any free port); all datagrams of one client address go to the target chosen for its first one. */
export async function openUdpRelay(host: string, port: number, pick: PickTarget): Promise<Relay> {
  const front = createSocket('udp4');
  const sessions = new Map<string, Session>();

  const openSession = (key: string, client: { address: string; port: number }): Session | undefined => {
    const target = pick();
    if (target === undefined) return undefined;
    const upstream = createSocket('udp4');
    const idle = setTimeout(() => end(key), IDLE_MS).unref();
    // An ICMP refusal of the pod shows as an error here; the client notices by getting no answer.
    upstream.on('error', () => end(key));
    upstream.on('message', (message) => {
      idle.refresh();
      front.send(message, client.port, client.address);
    });
    upstream.connect(target.port, target.host);
    const session = { upstream, idle };
    sessions.set(key, session);
    return session;
  };
  const end = (key: string): void => {
    const session = sessions.get(key);
    if (session === undefined) return;
    sessions.delete(key);
    clearTimeout(session.idle);
    session.upstream.close();
  };

  front.on('message', (message, client) => {
    const key = `${client.address}:${client.port}`;
    const session = sessions.get(key) ?? openSession(key, client);
    if (session === undefined) return;
    session.idle.refresh();
    whenConnected(session.upstream, () => session.upstream.send(message));
  });
  await new Promise<void>((resolve, reject) => {
    front.once('error', reject);
    front.bind({ address: host, port, exclusive: true }, () => {
      front.off('error', reject);
      front.on('error', () => undefined);
      resolve();
    });
  });
  return {
    port: front.address().port,
    close: () =>
      new Promise((resolve) => {
        for (const key of [...sessions.keys()]) end(key);
        front.close(() => resolve());
      }),
  };
}

function whenConnected(socket: Socket, send: () => void): void {
  try {
    socket.remoteAddress();
    send();
  } catch {
    socket.once('connect', send);
  }
}
