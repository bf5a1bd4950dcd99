/** A small API server of our own, for what a real one does not do on demand. Speaks HTTP and WebSocket on loopback. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import { ApiConnection } from '../../../src/kube/api-connection.js';
import { Discovery } from '../../../src/kube/discovery.js';
import { loadKubeconfig } from '../../../src/kube/kubeconfig.js';
import { ObjectStore } from '../../../src/kube/objects.js';
import type { WatchParts } from '../../../src/kube/watch.js';

export type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

export interface TestApi extends AsyncDisposable {
  readonly parts: WatchParts;
  readonly kubeconfigPath: string;
  /** Every request but discovery, as `METHOD /path?query`. */
  readonly requests: string[];
  /** Answers everything but discovery. */
  answer: Answer;
  /** What becomes of a WebSocket. */
  converse: (socket: WebSocket, request: IncomingMessage) => void;
}

export async function startTestApi(): Promise<TestApi> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://api');
    if (url.pathname === '/api/v1') {
      send(response, 200, { resources: [{ name: 'configmaps', kind: 'ConfigMap', namespaced: true }] });
      return;
    }
    requests.push(`${request.method} ${request.url}`);
    api.answer(request, response, url);
  });
  const sockets = new WebSocketServer({ server, handleProtocols: (offered) => [...offered][0] ?? false });
  sockets.on('connection', (socket, request) => api.converse(socket, request));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const folder = await mkdtemp(join(tmpdir(), 'meshgauge-api-'));
  const kubeconfigPath = join(folder, 'kubeconfig');
  await writeFile(kubeconfigPath, kubeconfigFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  const connection = new ApiConnection(await loadKubeconfig({ kubeconfigPath }));
  const discovery = new Discovery(connection);
  const api: TestApi = {
    parts: { api: connection, discovery, objects: new ObjectStore(connection, discovery) },
    kubeconfigPath,
    requests,
    answer: (_request, response) => fail(response, 404, 'NotFound'),
    converse: (socket) => socket.close(),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
  return api;
}

export function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: 'secret' } }],
    contexts: [{ name: 'test', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'test',
  });
}

export function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** A failure in the API's own words. */
export function fail(
  response: ServerResponse,
  code: number,
  reason: string,
  headers: Record<string, string> = {},
): void {
  send(response, code, { kind: 'Status', status: 'Failure', code, reason, message: `it is ${reason}` }, headers);
}
