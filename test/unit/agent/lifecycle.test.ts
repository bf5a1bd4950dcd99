import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentClient } from '../../../src/traffic/agent-client.js';
import { HarnessError } from '../../../src/errors/harness-error.js';
import { readEnd, spawnAgent, startAgent, TOKEN } from './agent-process.js';

describe('agent: life of the process', function () {
  this.timeout(20_000);
  const isHarnessError = (code: string, pattern: RegExp) => (error: unknown) =>
    error instanceof HarnessError && error.code === code && pattern.test(error.message);

  it('says ready with its pid and answers health', async () => {
    await using agent = await startAgent('pod-a');
    assert.deepEqual(agent.ready, { ready: true, pid: agent.process.pid });
    assert.deepEqual(await agent.client.health(), {
      pod: 'pod-a',
      pid: agent.process.pid,
      ports: [8080, 8081, 9090, 5353],
    });
    assert.equal(statSync(join(agent.dir, 'control.sock')).mode & 0o777, 0o600);
  });

  it('ends when its parent closes stdin, and takes its socket files along', async () => {
    await using agent = await startAgent();
    agent.process.stdin!.end();
    const [code] = (await once(agent.process, 'exit')) as [number];
    assert.equal(code, 0);
    assert.equal(existsSync(join(agent.dir, 'control.sock')), false);
    assert.equal(existsSync(join(agent.dir, 'http.sock')), false);
    await assert.rejects(agent.client.health(), isHarnessError('E_AGENT_GONE', /server-1/));
  });

  it('ends cleanly on SIGTERM, even with connections open', async () => {
    await using agent = await startAgent();
    const { first } = await agent.client.openSession({ idPrefix: 's-', cell: 'c', spec: agent.spec('http') });
    assert.equal(first.ok, true);
    agent.process.kill('SIGTERM');
    const [code] = (await once(agent.process, 'exit')) as [number];
    assert.equal(code, 0);
    assert.equal(existsSync(join(agent.dir, 'http.sock')), false);
  });

  it('takes over a socket file that a killed agent left, and refuses one in use', async () => {
    await using agent = await startAgent();
    const second = await readEnd(spawnAgent(agent.dir, { ...agent.config, ports: [] }));
    assert.equal(second.code, 3);
    assert.match(second.stderr, /^agent server-1: cannot listen on .*control\.sock: .*EADDRINUSE.*\n$/);
    await agent.restart();
    assert.equal((await agent.client.health()).pid, agent.process.pid);
  });

  it('names what is wrong with its configuration', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'meshgauge-agent-'));
    const broken: [unknown, RegExp][] = [
      ['{', /cannot read .*agent\.json/],
      [{ pod: 'p' }, /namespace must be a non-empty string/],
      [
        {
          pod: 'p',
          namespace: 'n',
          serviceAccount: 's',
          token: 't',
          control: { kind: 'udp', host: 'h', port: 1 },
          ports: [],
        },
        /control\.kind must be one of unix, tcp/,
      ],
    ];
    for (const [config, message] of broken) {
      const { code, stderr } = await readEnd(spawnAgent(dir, config));
      assert.equal(code, 4);
      assert.match(stderr, message);
      assert.equal(stderr.trim().split('\n').length, 1);
    }
    rmSync(dir, { recursive: true });
  });

  it('lets nobody in without the token, and refuses malformed jobs by field', async () => {
    await using agent = await startAgent();
    const control = { kind: 'unix', path: join(agent.dir, 'control.sock') } as const;
    const stranger = new AgentClient({ control, token: `${TOKEN}x`, pod: 'server-1' });
    await assert.rejects(stranger.health(), isHarnessError('E_AGENT_REFUSED', /401/));
    stranger.close();
    const bare = request({ socketPath: control.path, path: '/v1/records' }).end();
    const [response] = (await once(bare, 'response')) as [{ statusCode: number; resume(): void }];
    response.resume();
    assert.equal(response.statusCode, 401);
    const job = { idPrefix: 'x-', cell: 'c', spec: agent.spec('http'), connections: 1 };
    await assert.rejects(agent.client.load(job), isHarnessError('E_AGENT_REFUSED', /400.*only one of them/));
    await assert.rejects(
      agent.client.load({ ...job, amount: 1, spec: agent.spec('http', { method: 'HEAD' }) }),
      isHarnessError('E_AGENT_REFUSED', /400.*spec\.method/),
    );
  });
});
