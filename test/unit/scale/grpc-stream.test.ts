/** gRPC on bare HTTP/2 against a server that says what it is told to, in pieces of its choice. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { GrpcConnection, type GrpcStream } from '../../../src/scale/grpc-stream.js';

const framed = (text: string): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(Buffer.byteLength(text), 1);
  return Buffer.concat([head, Buffer.from(text)]);
};

describe('scale: gRPC streams on bare HTTP/2', () => {
  let server: Http2Server;
  let connection: GrpcConnection;
  let serve: (stream: ServerHttp2Stream) => void;

  beforeEach(async () => {
    server = createServer();
    server.on('stream', (stream) => serve(stream.on('error', () => undefined)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    connection = new GrpcConnection({ host: '127.0.0.1', port, proxiesPerConnection: 1 });
  });
  afterEach(() => {
    connection.close();
    server.close();
  });

  /** Opens a stream and resolves with all it brought when it has ended. */
  function call(path = '/service/Method'): {
    stream: GrpcStream;
    ended: Promise<{ messages: string[]; reason: string }>;
  } {
    const messages: string[] = [];
    let stream: GrpcStream | undefined;
    const ended = new Promise<{ messages: string[]; reason: string }>((resolve) => {
      stream = connection.open(path, {
        message: (bytes) => messages.push(bytes.toString()),
        end: (reason) => resolve({ messages, reason }),
      });
    });
    return { stream: stream!, ended };
  }

  function answer(stream: ServerHttp2Stream, pieces: readonly Buffer[], trailers: Record<string, string>): void {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    const [first, ...rest] = pieces;
    if (first === undefined) stream.end();
    else stream.write(first, () => setImmediate(() => answerRest(stream, rest)));
  }
  function answerRest(stream: ServerHttp2Stream, [next, ...rest]: readonly Buffer[]): void {
    if (next === undefined) stream.end();
    else stream.write(next, () => setImmediate(() => answerRest(stream, rest)));
  }

  it('reads messages that come in pieces, several at once, empty ones, and the words of a status', async () => {
    const bytes = Buffer.concat(['one', '', 'three'.repeat(20_000), 'four'].map(framed));
    const cuts = [0, 3, 7, 9, 15, 40_000, bytes.length - 1, bytes.length];
    const pieces = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
    serve = (stream) => answer(stream, pieces, { 'grpc-status': '7', 'grpc-message': 'not%20you' });
    const { messages, reason } = await call().ended;
    assert.deepEqual(
      messages.map((message) => [message.slice(0, 5), message.length]),
      [
        ['one', 3],
        ['', 0],
        ['three', 100_000],
        ['four', 4],
      ],
    );
    assert.equal(reason, 'not you');
  });

  it('sends messages with their length, and says when they are on their way', async () => {
    const got: Buffer[] = [];
    serve = (stream) => {
      stream.on('data', (chunk: Buffer) => {
        got.push(chunk);
        if (Buffer.concat(got).length === framed('hello').length)
          answer(stream, [framed('bye')], { 'grpc-status': '0' });
      });
    };
    const { stream, ended } = call();
    await new Promise<void>((resolve) => stream.send(Buffer.from('hello'), resolve));
    const { messages, reason } = await ended;
    assert.deepEqual(Buffer.concat(got), framed('hello'));
    assert.deepEqual(messages, ['bye']);
    assert.match(reason, /status 0/);
  });

  it('tells of a server that is none of gRPC, of a connection that breaks, and connects anew', async () => {
    serve = (stream) => {
      stream.respond({ ':status': 404 });
      stream.end();
    };
    assert.match((await call().ended).reason, /HTTP 404/);
    serve = (stream) => stream.session?.destroy();
    assert.notEqual((await call().ended).reason, '');
    serve = (stream) => answer(stream, [framed('again')], { 'grpc-status': '0' });
    assert.deepEqual((await call().ended).messages, ['again']);
  });

  it('tells the end of a stream that it cancelled itself', async () => {
    serve = (stream) => stream.respond({ ':status': 200 });
    const { stream, ended } = call();
    stream.cancel();
    assert.deepEqual((await ended).messages, []);
  });

  it('tells of a port where nobody listens', async () => {
    const nobody = new GrpcConnection({ host: '127.0.0.1', port: 1, proxiesPerConnection: 1 });
    const reason = await new Promise<string>((end) => nobody.open('/a/b', { message: () => undefined, end }));
    assert.match(reason, /ECONNREFUSED/);
  });
});
