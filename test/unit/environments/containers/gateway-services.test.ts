import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { GatewayServices } from '../../../../src/environments/containers/gateway-services.js';
import type { Pod, ServiceSpec } from '../../../../src/mesh/driver.js';

const GATEWAY = '127.0.0.1';

function podAt(ip: string, labels: Readonly<Record<string, string>>): Pod {
  const spec = { name: ip, namespace: 'ns', serviceAccount: 'a', labels, meshed: false, ports: [] };
  return { ...spec, ip, dir: '/', physicalPorts: new Map() };
}

async function listenAs(host: string, answer: string, port = 0): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined).end(answer)).listen(port, host);
  await once(server, 'listening');
  return server;
}

/** What the other end says; empty when it says nothing. */
async function read(port: number | undefined): Promise<string> {
  const socket = connect(port ?? 0, GATEWAY);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
  return Buffer.concat(chunks).toString();
}

describe('containers: services on the gateway', () => {
  let servers: Server[];
  let targetPort: number;
  let pods: Pod[];
  let services: GatewayServices;
  const spec = (over: Partial<ServiceSpec> = {}): ServiceSpec => ({
    name: 'srv',
    namespace: 'ns',
    selector: { app: 'a' },
    ports: [{ port: 80, targetPort, protocol: 'tcp' }],
    ...over,
  });

  beforeEach(async () => {
    const a = await listenAs('127.0.0.11', 'a');
    targetPort = (a.address() as AddressInfo).port;
    servers = [a, await listenAs('127.0.0.12', 'b', targetPort)];
    pods = [podAt('127.0.0.11', { app: 'a' }), podAt('127.0.0.12', { app: 'b' })];
    services = new GatewayServices({ gateway: GATEWAY, pods: () => pods, random: () => 0 });
  });

  afterEach(async () => {
    await services.closeAll();
    for (const server of servers) server.close();
  });

  it('have the gateway’s address and a port each, behind which their pods answer', async () => {
    const first = await services.open(spec());
    const second = await services.open(spec({ name: 'other', selector: { app: 'b' } }));
    assert.deepEqual([first.clusterIP, second.clusterIP], [GATEWAY, GATEWAY]);
    assert.notEqual(first.physicalPorts.get('tcp/80'), second.physicalPorts.get('tcp/80'));
    assert.equal(await read(first.physicalPorts.get('tcp/80')), 'a');
    assert.equal(await read(second.physicalPorts.get('tcp/80')), 'b');
  });

  it('keep their port when the selector changes, and follow it at once', async () => {
    const before = await services.open(spec());
    const after = await services.open(spec({ selector: { app: 'b' } }));
    assert.deepEqual(after.physicalPorts, before.physicalPorts);
    assert.equal(await read(after.physicalPorts.get('tcp/80')), 'b');
  });

  it('end connections while no pod is there', async () => {
    const { physicalPorts } = await services.open(spec());
    pods = [];
    assert.equal(await read(physicalPorts.get('tcp/80')), '');
  });

  it('have no address when headless, and none left once closed', async () => {
    const { physicalPorts } = await services.open(spec());
    const headless = await services.open(spec({ headless: true }));
    assert.equal(headless.clusterIP, undefined);
    assert.equal(await read(physicalPorts.get('tcp/80')), '');
  });
});
