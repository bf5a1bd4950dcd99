/** A proxy's admin interface, on a Unix socket in its pod's folder. */
import { request } from 'node:http';

const TIMEOUT_MS = 5_000;

export interface AdminAnswer {
  readonly status: number;
  readonly body: string;
}

export async function getAdmin(socketPath: string, path: string): Promise<AdminAnswer> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, timeout: TIMEOUT_MS, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(new Error(`no answer from ${socketPath} within ${TIMEOUT_MS} ms`)));
    call.on('error', reject);
    call.end();
  });
}

/** Whether the proxy has everything it needs to serve; false while it does not even answer. */
export async function isLive(socketPath: string): Promise<boolean> {
  try {
    const { status, body } = await getAdmin(socketPath, '/ready');
    return status === 200 && body.trim() === 'LIVE';
  } catch {
    return false;
  }
}
