/** A truth server as a program of its own, so that nothing of the instrument runs in its process: `truth-server JSON`. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { behave } from './behaviours.js';
import { REPORT_PATH, type Truth } from './truths.js';

const HOST = '127.0.0.1';

const behaviour = behave(JSON.parse(process.argv[2] ?? '') as Truth);
const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
  if (request.url === REPORT_PATH) response.end(JSON.stringify(behaviour.report()));
  else behaviour.answer(request, response);
});
server.listen(0, HOST, () => {
  process.stdout.write(`${JSON.stringify({ ready: true, port: (server.address() as AddressInfo).port })}\n`);
});
// Our stdin is a pipe from whoever started us: when they are gone, so are we.
process.stdin
  .on('end', () => process.exit(0))
  .on('error', () => process.exit(0))
  .resume();
process.on('SIGTERM', () => process.exit(0));
