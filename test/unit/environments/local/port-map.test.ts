import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { HarnessError } from '../../../../src/errors/harness-error.js';
import { PortMap, portConflicts } from '../../../../src/environments/local/port-map.js';

const ADDRESS = '127.66.0.1';

/** Somebody who listens on every address, as development servers do. */
async function occupy(host: '0.0.0.0' | '::'): Promise<{ port: number } & AsyncDisposable> {
  for (;;) {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const close = async (): Promise<void> => void (await once(server.close(), 'close'));
    // Moved by 30000 it has to be a port still.
    if (port <= 35_535) return { port, [Symbol.asyncDispose]: close };
    await close();
  }
}

describe('port map', () => {
  for (const host of ['0.0.0.0', '::'] as const) {
    it(`moves all ports of a call when somebody listens on [${host}]`, async () => {
      await using taken = await occupy(host);
      const ports = new PortMap(ADDRESS);
      const mapped = await ports.reserve([`tcp/${taken.port}`, 'tcp/1081']);
      assert.deepEqual(
        [...mapped],
        [
          [`tcp/${taken.port}`, taken.port + 10_000],
          ['tcp/1081', 11_081],
        ],
      );
    });
  }

  it('keeps an answer for the whole run, for both transports', async () => {
    const ports = new PortMap(ADDRESS);
    const [port] = [...(await ports.reserve(['udp/1082'])).values()];
    assert.equal(port, 1082);
    const server = createServer().listen(1082, '0.0.0.0');
    await once(server, 'listening');
    try {
      assert.deepEqual(
        [...(await ports.reserve(['tcp/1082', 'udp/1082']))],
        [
          ['tcp/1082', 1082],
          ['udp/1082', 1082],
        ],
      );
    } finally {
      await once(server.close(), 'close');
    }
  });

  it('names port, address and holder, and the way out, when an explicit offset fails', async () => {
    await using taken = await occupy('0.0.0.0');
    const ports = new PortMap(ADDRESS, 1_000);
    await assert.rejects(ports.reserve([`tcp/${taken.port - 1_000}`]), (error) => {
      assert.ok(error instanceof HarnessError);
      assert.equal(error.code, 'E_PORT_IN_USE');
      assert.match(
        error.message,
        new RegExp(`tcp ${ADDRESS}:${taken.port} EADDRINUSE, held by .+ \\(pid ${process.pid}\\)`),
      );
      assert.match(error.hint, /--port-offset \d+/);
      return true;
    });
  });

  it('sees UDP holders', async () => {
    const socket = createSocket('udp4').bind(0, '0.0.0.0');
    await once(socket, 'listening');
    try {
      const { port } = socket.address();
      const [conflict] = await portConflicts(ADDRESS, [`udp/${port}`, `tcp/${port}`], 0);
      assert.deepEqual(
        [conflict?.key, conflict?.reason, conflict?.holder?.pid],
        [`udp/${port}`, 'EADDRINUSE', process.pid],
      );
    } finally {
      socket.close();
    }
  });

  it('never maps two ports to one', async () => {
    const ports = new PortMap(ADDRESS, 0);
    await ports.reserve(['tcp/1083']);
    const moved = new PortMap(ADDRESS, 10_000);
    assert.deepEqual([...(await moved.reserve(['tcp/1083'])).values()], [11_083]);
    const automatic = new PortMap(ADDRESS);
    const server = createServer().listen(1084, '0.0.0.0');
    await once(server, 'listening');
    try {
      await automatic.reserve(['tcp/1084']);
      assert.deepEqual([...(await automatic.reserve(['tcp/11084'])).values()], [21_084]);
    } finally {
      await once(server.close(), 'close');
    }
  });

  it('refuses a number beyond the last port', async () => {
    await assert.rejects(new PortMap(ADDRESS, 60_000).reserve(['tcp/8080']), { code: 'E_PORT_IN_USE' });
  });
});
