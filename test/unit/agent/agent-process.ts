/** Starts the real agent program, as an environment would. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AgentClient } from '../../../src/traffic/agent-client.js';
import type { AgentConfig, RequestSpec } from '../../../fixtures/agent/protocol.js';
import { PACKAGE_ROOT } from '../../../src/package-root.js';

export const TOKEN = 'token-of-this-test';

/** An agent with one port of each kind on 127.0.0.1 and its control API on a Unix socket. */
export interface TestAgent extends AsyncDisposable {
  readonly config: AgentConfig;
  readonly process: ChildProcess;
  readonly client: AgentClient;
  readonly ready: { readonly ready: boolean; readonly pid: number };
  readonly dir: string;
  readonly ports: { readonly http: number; readonly tcp: number; readonly udp: number };
  /** Kills the program without warning and starts it anew with the same configuration. */
  restart(): Promise<void>;
  spec(protocol: RequestSpec['protocol'], more?: Partial<RequestSpec>): RequestSpec;
}

/** A port that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  server.close();
  await once(server, 'close');
  return address.port;
}

export async function startAgent(pod = 'server-1'): Promise<TestAgent> {
  const dir = mkdtempSync(join(tmpdir(), 'meshgauge-agent-'));
  const ports = { http: await findFreePort(), tcp: await findFreePort(), udp: await findFreePort() };
  const control = { kind: 'unix', path: join(dir, 'control.sock') } as const;
  const host = '127.0.0.1';
  const config: AgentConfig = {
    pod,
    namespace: 'test',
    serviceAccount: 'default',
    token: TOKEN,
    control,
    ports: [
      { port: 8080, protocol: 'http', listen: { kind: 'tcp', host, port: ports.http } },
      { port: 8081, protocol: 'http', listen: { kind: 'unix', path: join(dir, 'http.sock') } },
      { port: 9090, protocol: 'tcp', listen: { kind: 'tcp', host, port: ports.tcp } },
      { port: 5353, protocol: 'udp', listen: { kind: 'udp', host, port: ports.udp } },
    ],
  };
  let child = spawnAgent(dir, config);
  const lines = createInterface({ input: child.stdout! });
  const [line] = (await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => ['{}'])])) as [string];
  const client = new AgentClient({ control, token: TOKEN, pod });
  const listening: Partial<Record<RequestSpec['protocol'], number>> = { tcp: ports.tcp, udp: ports.udp };
  return {
    config,
    get process() {
      return child;
    },
    client,
    dir,
    ports,
    ready: JSON.parse(line) as TestAgent['ready'],
    spec: (protocol, more) => ({ protocol, host, port: listening[protocol] ?? ports.http, timeoutMs: 3000, ...more }),
    async restart() {
      child.kill('SIGKILL');
      await once(child, 'exit');
      child = spawnAgent(dir, config);
      await once(child.stdout!, 'data');
    },
    async [Symbol.asyncDispose]() {
      client.close();
      if (child.exitCode === null && child.signalCode === null) {
        child.stdin!.end();
        await once(child, 'exit');
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The program with this configuration, whatever comes of it. */
export function spawnAgent(dir: string, config: unknown): ChildProcess {
  const file = join(dir, 'agent.json');
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
  const args = ['--import', 'tsx', join(PACKAGE_ROOT, 'fixtures/agent/main.ts'), file];
  return spawn(process.execPath, args, { cwd: PACKAGE_ROOT, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** What a process that ends by itself leaves behind. */
export async function readEnd(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}
