import assert from 'node:assert/strict';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { connectToPod } from '../../../src/kube/port-forward.js';
import { startTestApi, type TestApi } from './api-server.js';

const POD = { namespace: 'home', pod: 'web' };
const PORT = Buffer.of(8080 & 0xff, 8080 >> 8);
const DATA = 0;
const ERROR = 1;

describe('port-forward', () => {
  let api: TestApi;
  beforeEach(async function () {
    // The first one loads the client library, which takes its time under a TypeScript loader.
    this.timeout(120_000);
    api = await startTestApi();
  });
  afterEach(async () => api[Symbol.asyncDispose]());

  const connect = () => connectToPod(api.parts.api, POD, 8080);
  const frame = (channel: number, payload: Uint8Array): Buffer => Buffer.concat([Buffer.of(channel), payload]);
  const greet = (socket: WebSocket): void => {
    socket.send(frame(DATA, PORT));
    socket.send(frame(ERROR, PORT));
  };

  it('asks for the port, skips its repetition even in pieces, ends with the orderly end', async () => {
    let asked = '';
    api.converse = (socket, request) => {
      asked = request.url ?? '';
      socket.send(frame(DATA, PORT.subarray(0, 1)));
      socket.send(frame(DATA, Buffer.concat([PORT.subarray(1), Buffer.from('first ')])));
      socket.send(frame(ERROR, PORT));
      socket.send(frame(DATA, Buffer.from('second')));
      socket.close(1000);
    };
    assert.equal((await buffer(await connect())).toString(), 'first second');
    assert.equal(asked, '/api/v1/namespaces/home/pods/web/portforward?ports=8080');
  });

  it('words of the error channel become the error of the stream', async () => {
    api.converse = (socket) => {
      greet(socket);
      socket.send(frame(ERROR, Buffer.from('connection refused')));
      socket.close(1000);
    };
    await assert.rejects(buffer(await connect()), /port 8080 of pod home\/web: connection refused/);
  });

  it('a connection that breaks is an error, not an end', async () => {
    api.converse = (socket) => {
      greet(socket);
      socket.send(frame(DATA, Buffer.from('half of')), () => socket.terminate());
    };
    await assert.rejects(buffer(await connect()), /broke/);
  });

  it('a reader that stops reading stops the sender, and then gets every byte', async () => {
    const total = 48 * 1024 * 1024;
    const piece = Buffer.alloc(64 * 1024, 7);
    let sent = 0;
    api.converse = (socket) => {
      greet(socket);
      const next = (): void => {
        if (sent === total) return socket.close(1000);
        sent += piece.length;
        socket.send(frame(DATA, piece), next);
      };
      next();
    };
    const stream = await connect();
    await once(stream, 'readable');
    const held = await settled(() => sent);
    assert.ok(held < total / 2, `the server got rid of ${held} bytes`);
    assert.ok(stream.readableLength < 1024 * 1024, `${stream.readableLength} bytes are held here`);
    let received = 0;
    for await (const chunk of stream) received += (chunk as Buffer).length;
    assert.equal(received, total);
  });

  it('a receiver that stops reading holds back the writer, and then gets every byte', async () => {
    let peer: WebSocket | undefined;
    let received = 0;
    api.converse = (socket) => {
      greet(socket);
      peer = socket;
      socket.on('message', (data: Buffer) => (received += data.length - 1));
      socket.pause();
    };
    const stream = await connect();
    const total = 48 * 1024 * 1024;
    let written = 0;
    const finished = (async () => {
      for (const chunk = Buffer.alloc(1024 * 1024); written < total; written += chunk.length)
        await new Promise<void>((resolve, reject) => {
          stream.write(chunk, (error) => (error ? reject(error) : resolve()));
        });
    })();
    const held = await settled(() => written);
    assert.ok(held < total / 2, `${held} bytes were taken by nobody`);
    peer?.resume();
    await finished;
    await settled(() => received);
    assert.equal(received, total);
    stream.destroy();
  });

  it('after end() reading goes on; destroying closes the connection', async () => {
    let heard = '';
    let peer: WebSocket | undefined;
    api.converse = (socket) => {
      peer = socket;
      greet(socket);
      socket.on('message', (data: Buffer) => {
        heard += data.subarray(1).toString();
        if (heard === 'question') setTimeout(() => socket.send(frame(DATA, Buffer.from('answer'))), 50);
      });
    };
    const stream = await connect();
    stream.end('question');
    const [answer] = (await once(stream, 'data')) as [Buffer];
    assert.equal(answer.toString(), 'answer');
    assert.ok(peer !== undefined);
    const closed = once(peer, 'close');
    stream.destroy();
    await closed;
  });

  it('an abandoned handshake says why', async () => {
    const silent = new AbortController();
    api.answer = (_request, response) => response.writeHead(500).end();
    const opening = api.parts.api.webSocket('/nowhere', ['v4.channel.k8s.io'], silent.signal);
    silent.abort();
    await assert.rejects(opening, /cannot be reached/);
  });
});

/** The value once it no longer changes. */
async function settled(value: () => number): Promise<number> {
  for (let before = -1; ; before = value()) {
    await delay(250);
    if (value() === before) return before;
  }
}
