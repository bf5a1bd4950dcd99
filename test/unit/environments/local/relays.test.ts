import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { type Relay, openTcpRelay } from '../../../../src/environments/local/tcp-relay.js';
import { openUdpRelay } from '../../../../src/environments/local/udp-relay.js';

const FRONT = '127.67.0.1';
const HOST = '127.67.0.2';

async function serve(handle: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer({ allowHalfOpen: true }, handle).listen(0, HOST);
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** All of one direction; unlike an iterator it leaves the other direction open. */
async function collect(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

async function errorOf(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.once('close', () => resolve(undefined));
    socket.resume();
  });
}

describe('TCP relay', () => {
  const PORT = 8911;
  const open: { close(): unknown }[] = [];
  const relayTo = async (port: number | undefined): Promise<Relay> => {
    const relay = await openTcpRelay(FRONT, PORT, () => (port === undefined ? undefined : { host: HOST, port }));
    open.push(relay);
    return relay;
  };

  afterEach(async () => {
    for (const closable of open.splice(0)) await closable.close();
  });

  it('carries megabytes both ways, and the end of one direction before the other', async () => {
    // Answers only when the request has ended: a relay that swallows half-closes would hang here.
    const { server, port } = await serve((socket) => void collect(socket).then((body) => socket.end(body)));
    open.push(server);
    await relayTo(port);
    const sent = randomBytes(3_000_000);
    const client = connect({ host: FRONT, port: PORT, allowHalfOpen: true });
    await once(client, 'connect');
    client.end(sent);
    assert.ok((await collect(client)).equals(sent));
  });

  it('resets the client when there is no pod, or when the pod refuses', async () => {
    const none = await relayTo(undefined);
    assert.equal(await errorOf(connect({ host: FRONT, port: PORT })), 'ECONNRESET');
    await none.close();
    const { server, port } = await serve(() => undefined);
    await once(server.close(), 'close');
    await relayTo(port);
    assert.equal(await errorOf(connect({ host: FRONT, port: PORT })), 'ECONNRESET');
  });

  it('passes a reset on, in both directions', async () => {
    const { server, port } = await serve((socket) => socket.once('data', () => socket.resetAndDestroy()));
    open.push(server);
    await relayTo(port);
    const client = connect({ host: FRONT, port: PORT });
    client.write('x');
    assert.equal(await errorOf(client), 'ECONNRESET');

    const failure = new Promise<string | undefined>((resolve) => {
      server.removeAllListeners('connection').on('connection', (socket) => {
        socket.write('hello');
        void errorOf(socket).then(resolve);
      });
    });
    const rude = connect({ host: FRONT, port: PORT });
    await once(rude, 'data');
    rude.resetAndDestroy();
    assert.equal(await failure, 'ECONNRESET');
  });

  it('ends open connections and frees its port when closed', async () => {
    const { server, port } = await serve((socket) => socket.on('error', () => undefined).write('hello'));
    open.push(server);
    const relay = await relayTo(port);
    const client = connect({ host: FRONT, port: PORT });
    await once(client, 'data');
    const closed = once(client, 'close');
    await relay.close();
    await closed;
    assert.equal(await errorOf(connect({ host: FRONT, port: PORT })), 'ECONNREFUSED');
  });
});

describe('UDP relay', () => {
  it('keeps a client with its pod, and clients apart', async () => {
    const pods = await Promise.all(
      ['a', 'b'].map(async (name) => {
        const socket = createSocket('udp4').bind(0, HOST);
        await once(socket, 'listening');
        socket.on('message', (message, { port, address }) =>
          socket.send(`${name}:${message.toString()}`, port, address),
        );
        return socket;
      }),
    );
    let picked = 0;
    const relay = await openUdpRelay(FRONT, 8912, () => ({
      host: HOST,
      port: pods[picked++ % 2]?.address().port ?? 0,
    }));
    const clients = [createSocket('udp4'), createSocket('udp4')];
    try {
      const ask = async (client: (typeof clients)[number], text: string): Promise<string> => {
        const answer = once(client, 'message') as Promise<[Buffer]>;
        client.send(text, 8912, FRONT);
        return (await answer)[0].toString();
      };
      const [first, second] = clients;
      assert.ok(first && second);
      const answers = [];
      for (const [client, text] of [
        [first, '1'],
        [second, '2'],
        [first, '3'],
        [second, '4'],
      ] as const) {
        answers.push(await ask(client, text));
      }
      assert.deepEqual(answers, ['a:1', 'b:2', 'a:3', 'b:4']);
    } finally {
      await relay.close();
      for (const socket of [...pods, ...clients]) socket.close();
    }
  });
});
