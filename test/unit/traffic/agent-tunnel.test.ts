import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { HarnessError } from '../../../src/errors/harness-error.js';
import { AgentClient } from '../../../src/traffic/agent-client.js';
import { TOKEN, type TestAgent, startAgent } from '../agent/agent-process.js';

/** A stream that has nothing of a socket, as connections through an API server are. */
class Tunnel extends Duplex {
  readonly #socket;

  constructor(path: string) {
    super();
    this.#socket = connect(path)
      .on('data', (chunk) => this.push(chunk))
      .on('close', () => this.destroy());
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

const control = { kind: 'tcp', host: '127.0.0.1', port: 15_999 } as const;

describe('AgentClient through tunnels', function () {
  this.timeout(20_000);
  let agent: TestAgent;
  let tunnels: Tunnel[];
  let client: AgentClient;

  beforeEach(async () => {
    agent = await startAgent();
    assert(agent.config.control.kind === 'unix');
    const { path } = agent.config.control;
    tunnels = [];
    const open = async (): Promise<Duplex> => {
      const tunnel = new Tunnel(path);
      tunnels.push(tunnel);
      return tunnel;
    };
    client = new AgentClient({ control, connect: open, token: TOKEN, pod: 'server-1' });
  });

  afterEach(async () => {
    client.close();
    await agent[Symbol.asyncDispose]();
  });

  const batch = (): Promise<unknown> => {
    const items = [{ cell: 'c', count: 2, spec: agent.spec('http') }];
    return client.batch({ idPrefix: `t${tunnels.length}-`, items, concurrency: 1, connections: 'new' });
  };

  it('keeps one tunnel for call after call', async () => {
    await client.health();
    await batch();
    assert.equal((await client.records()).length, 2);
    assert.equal(tunnels.length, 1);
  });

  it('asks again through a new tunnel when one breaks, where asking twice is harmless', async () => {
    await batch();
    const asked = client.records();
    tunnels[0]?.destroy();
    assert.equal((await asked).length, 2);
    assert.equal(tunnels.length, 2);
  });

  it('does not send a job twice', async () => {
    await client.health();
    const job = client.load({ idPrefix: 'l-', cell: 'c', spec: agent.spec('http'), connections: 1, durationMs: 500 });
    const failed = assert.rejects(
      job,
      (error: unknown) => error instanceof HarnessError && error.code === 'E_AGENT_GONE',
    );
    while ((await agent.client.records()).length === 0);
    tunnels[0]?.destroy();
    await failed;
    assert.equal(tunnels.length, 1);
  });

  it('gives up after the second failure, and says why', async () => {
    let attempts = 0;
    const refuse = async (): Promise<Duplex> => {
      attempts += 1;
      throw new Error('no such pod');
    };
    const lost = new AgentClient({ control, connect: refuse, token: TOKEN, pod: 'server-1' });
    await assert.rejects(lost.health(), /server-1 does not answer .*no such pod/);
    assert.equal(attempts, 2);
  });

  it('closes a tunnel that opens after the client was closed', async () => {
    let arrive: (stream: Duplex) => void = () => undefined;
    const connectLate = (): Promise<Duplex> => new Promise((resolve) => (arrive = resolve));
    const late = new AgentClient({ control, connect: connectLate, token: TOKEN, pod: 'server-1' });
    const failed = assert.rejects(
      late.load({ idPrefix: 'l-', cell: 'c', spec: agent.spec('http'), connections: 1 }),
      /was closed/,
    );
    late.close();
    assert(agent.config.control.kind === 'unix');
    const stream = new Tunnel(agent.config.control.path);
    arrive(stream);
    await failed;
    assert.equal(stream.destroyed, true);
  });
});
