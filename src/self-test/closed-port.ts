/** A port that nobody listens on. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { Target } from './stand.js';

const HOST = '127.0.0.1';

/** One that was free a moment ago; the kernel hands such ports out in turn, so nobody gets it again soon. */
export async function findClosedPort(): Promise<Target> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return { host: HOST, port };
}
