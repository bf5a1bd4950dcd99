/** HTTP to Envoy's admin interface over any connection: it listens on the pod's own loopback, so there is no address to call. */
import { request } from 'node:http';
import type { Duplex } from 'node:stream';

const TIMEOUT_MS = 10_000;

/** Opens one connection to the admin port. */
export type Connect = () => Promise<Duplex>;

/** Asks for one page. @throws Error with the page's name when there is no answer or one other than 200. */
export async function getPage(connect: Connect, path: string): Promise<string> {
  const connection = await connect();
  try {
    return await readPage(connection, path);
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    connection.destroy();
  }
}

function readPage(connection: Duplex, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(
      { path, host: 'localhost', createConnection: () => connection, signal: AbortSignal.timeout(TIMEOUT_MS) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
          else reject(new Error(`answered with status ${response.statusCode ?? 0}`));
        });
      },
    );
    call.on('error', reject);
    call.end();
  });
}
