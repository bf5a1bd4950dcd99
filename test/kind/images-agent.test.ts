/** Images made by ourselves really run: in the container engine, as the user and with the rights that pods give them. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { meshImages } from '../../drivers/images.js';
import { buildRefs, listImages } from '../../scripts/images/index.js';
import type { AgentConfig } from '../../fixtures/agent/protocol.js';
import { agentImageRef, envoyImageRef, shellImageRef } from '../../src/images/agent-image.js';
import { findTool } from '../../src/images/tools.js';

const LOCKED_DOWN = ['run', '--rm', '--network', 'none', '--read-only', '--cap-drop', 'ALL'];

describe('images', function () {
  this.timeout(1_200_000);
  let docker: string;
  const refs = [agentImageRef(), shellImageRef(), envoyImageRef()];
  const build = async (): Promise<void> =>
    buildRefs(refs, { meshes: new Map(), from: 'auto', jobs: 2, log: () => undefined });

  before(async () => {
    docker = await findTool('docker');
    await build();
  });

  it('are there after a build, and a second build does nothing', async () => {
    const start = performance.now();
    await build();
    assert.ok(performance.now() - start < 10_000);
    const list = await listImages({
      meshes: await meshImages(['none']),
      from: 'auto',
      only: ({ name }) => refs.includes(name),
    });
    assert.deepEqual(
      list.map(({ present }) => present),
      [true, true, true],
    );
  });

  it('the agent serves without a writable root, without rights, as a user of no account', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'meshgauge-agent-'));
    try {
      const config: AgentConfig = {
        pod: 'p',
        namespace: 'n',
        serviceAccount: 's',
        token: 't'.repeat(32),
        control: { kind: 'tcp', host: '127.0.0.1', port: 15999 },
        ports: [],
      };
      await writeFile(join(dir, 'agent.json'), JSON.stringify(config), { mode: 0o644 });
      await execa('chmod', ['755', dir]);
      const args = [...LOCKED_DOWN, '--interactive', '--volume', `${dir}:/etc/meshgauge/pod:ro`, agentImageRef()];
      // Its standard input ends at once, and so does the agent once it is ready.
      const { stdout } = await execa(docker, [...args, '/etc/meshgauge/pod/agent.json'], { input: '' });
      assert.match(stdout, /"ready":true/);
      const id = await execa(docker, ['image', 'inspect', '--format', '{{.Config.User}}', agentImageRef()]);
      assert.equal(id.stdout, '65532:65532');
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  it('the shell image has a shell, curl that knows certificates, and iptables that work in a network namespace of its own', async () => {
    const script = `set -e
curl --version | head -1
grep -c BEGIN /etc/ssl/certs/ca-certificates.crt
iptables-restore <<RULES
*nat
-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 15001
COMMIT
RULES
iptables-save -t nat`;
    const args = ['run', '--rm', '--network', 'none', '--cap-add', 'NET_ADMIN', shellImageRef(), '-c', script];
    const { stdout } = await execa(docker, args);
    assert.match(stdout, /^curl 7\.88/);
    assert.match(stdout, /-A PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 15001/);
  });

  it('Envoy starts', async () => {
    const { stdout } = await execa(docker, [
      ...LOCKED_DOWN,
      '--user',
      '65532',
      '--entrypoint',
      '/usr/local/bin/envoy',
      envoyImageRef(),
      '--version',
    ]);
    assert.match(stdout, /1\.40\.0/);
  });
});
