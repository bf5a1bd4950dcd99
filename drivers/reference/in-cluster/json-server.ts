/** Small JSON servers: routes by method and path, errors as JSON with the words of a `HarnessError`. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { ZodError } from 'zod';
import { HarnessError } from '../../../src/errors/harness-error.js';

const MAX_BODY_BYTES = 8 * 1024 ** 2;

/** Answers of one server, by `METHOD /path`. */
export type Routes = Readonly<Record<string, (body: unknown) => unknown>>;

/** A listener for `node:http` and `node:https`. `isAllowed` sees every request first. */
export function listenForJson(routes: Routes, isAllowed: (request: IncomingMessage) => boolean): RequestListener {
  return (request, response) => {
    if (!isAllowed(request)) return send(response, 401, describe(new Error('missing or wrong token')));
    const route = `${request.method ?? ''} ${(request.url ?? '').split('?')[0]}`;
    const answer = Object.hasOwn(routes, route) ? routes[route] : undefined;
    if (answer === undefined) return send(response, 404, describe(new Error(`there is no ${route}`)));
    readBody(request)
      .then(answer)
      .then(
        (value) => send(response, 200, value ?? {}),
        (error: unknown) => send(response, error instanceof ZodError ? 400 : 500, describe(error)),
      );
  };
}

/** Whether a request bears the token. */
export function hasToken(token: string): (request: IncomingMessage) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${token}`);
  return ({ headers }) => timingSafeEqual(digest(headers.authorization ?? ''), expected);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`a body may have ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function describe(error: unknown): object {
  if (error instanceof HarnessError) return { code: error.code, message: error.message, hint: error.hint };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'E_CONTROL_PLANE', message, hint: "see the control plane's log in the debug bundle" };
}
